// Stand-ins answers in the place of the images that only their owners have: the video pipeline, the AI workload and crime
// prediction. They listen, are probed, count, call each other and stop as the originals do (docs/video-pipeline.md), so that
// all of the wiring is in use. What the originals are for, they do not do.
//
// Its one argument is the role. Variables are those that the platform sets.
package main

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
)

// storage is where the pods of the video pipeline may write.
const storage = "/app/local_storage"

// A role listens on a port, and makes its handler from the variables it is given.
type role struct {
	port    string
	handler func(variable func(string) string) (http.Handler, error)
}

var roles = map[string]role{
	"vidp-frontend": {"3000", newFrontend},
	"vidp-main-app": {"8000", newMainApp},
	"ai-workload":   {"8000", newModelServer},
	"crime-backend": {"5000", newCrimeBackend},
	// Streamlit's port.
	"crime-frontend": {"8501", newCrimeFrontend},
}

func init() {
	for _, worker := range workers {
		roles["vidp-"+worker.name] = role{worker.port, worker.handler}
	}
}

func main() {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, nil)))
	if err := run(os.Args[1:]); err != nil {
		slog.Error(err.Error())
		os.Exit(1)
	}
}

func run(args []string) error {
	names := strings.Join(slices.Sorted(maps.Keys(roles)), ", ")
	if len(args) != 1 {
		return fmt.Errorf("name one role: %s", names)
	}
	chosen, known := roles[args[0]]
	if !known {
		return fmt.Errorf("there is no role %s; the roles are %s", args[0], names)
	}
	handler, err := chosen.handler(os.Getenv)
	if err != nil {
		return err
	}
	port := chosen.port
	if given := os.Getenv("PORT"); given != "" {
		port = given
	}
	return serve(":"+port, logged(handler))
}
