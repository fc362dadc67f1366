// Migration: done by the original, which is started for it and ended when it is through.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"time"
)

const (
	original = "/usr/bin/kubeflow-model-registry"
	// version is the last migration of the original.
	version = 19
)

func migrate(ctx context.Context, database *sql.DB) error {
	if err := wait(ctx, "the database answers", nil, func() (bool, error) { return database.PingContext(ctx) == nil, nil }); err != nil {
		return err
	}
	if found, dirty, err := migrated(ctx, database); err == nil && found == version && !dirty {
		return nil
	}
	slog.Info("migrating")
	ctx, end := context.WithCancel(ctx)
	defer end()
	// It serves, too, once it is through: on a port that nobody asks.
	command := exec.CommandContext(ctx, original, "proxy", "--hostname=127.0.0.1", "--port=0", "--datastore-type=embedmd")
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	if err := command.Start(); err != nil {
		return err
	}
	exited := make(chan error, 1)
	go func() { exited <- command.Wait() }()
	err := wait(ctx, "the migration ends", exited, func() (bool, error) {
		found, dirty, err := migrated(ctx, database)
		return err == nil && found == version && !dirty, nil
	})
	end()
	if err == nil {
		slog.Info("migrated", "version", version)
	}
	return err
}

// migrated says how far the schema is, and whether a migration was cut in half.
func migrated(ctx context.Context, database *sql.DB) (found int, dirty bool, err error) {
	err = database.QueryRowContext(ctx, "SELECT version, dirty FROM schema_migrations").Scan(&found, &dirty)
	return
}

// wait asks until it is so, or until what it waits for has ended.
func wait(ctx context.Context, what string, ended <-chan error, isSo func() (bool, error)) error {
	ticks := time.NewTicker(200 * time.Millisecond)
	defer ticks.Stop()
	for {
		so, err := isSo()
		if so || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting until %s: %w", what, ctx.Err())
		case err := <-ended:
			return errors.Join(fmt.Errorf("%s has ended before %s", original, what), err)
		case <-ticks.C:
		}
	}
}
