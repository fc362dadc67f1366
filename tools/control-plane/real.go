package main

// Commands of a real node: the parts of its machine, and what is done in it.

import (
	"context"
	"errors"

	"mlops-platform/control-plane/internal/machine"
	"mlops-platform/control-plane/internal/plane"
)

// partOfMachine tells whether this program was started as a part of a machine.
func partOfMachine(args []string) (isPart bool, err error) {
	if len(args) == 1 && args[0] == machine.CheckCommand {
		return true, machine.CheckInside()
	}
	if len(args) != 2 {
		return false, nil
	}
	switch args[0] {
	case machine.HostCommand:
		return true, machine.Host(args[1])
	case machine.InitCommand:
		return true, machine.Init(args[1])
	case machine.SuperviseCommand:
		return true, machine.Supervise(args[1])
	}
	return false, nil
}

func load(ctx context.Context, p *plane.Plane, archives []string) error {
	if len(archives) == 0 {
		return errors.New("load what? Name archives of images")
	}
	return p.Load(ctx, archives)
}

func enter(ctx context.Context, p *plane.Plane, pod string, argv []string) error {
	if len(argv) == 0 {
		return errors.New("enter with which program? Write it after --, for instance: enter -- ip address")
	}
	return p.Enter(ctx, pod, argv)
}
