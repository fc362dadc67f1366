// Ferretdb keeps documents in SQLite and speaks MongoDB's protocol about them, on a socket that only whoever started it can
// reach: who may ask for what is decided there. (FerretDB's own command refuses to be built from its published module.)
//
//	ferretdb FOLDER SOCKET
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "ferretdb:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: ferretdb FOLDER SOCKET")
	}
	folder, socket := args[0], args[1]
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{Unix: socket},
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Handler:   "sqlite",
		SQLiteURL: "file:" + strings.TrimSuffix(folder, "/") + "/",
	})
	if err != nil {
		return err
	}
	stop, done := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer done()
	return server.Run(stop)
}
