// Registry stands in for the Kubeflow model registry where it keeps its data in MySQL by itself (`--datastore-type=embedmd`).
// Of the releases that are published as Go modules, the last one connects and migrates in this mode, but has no API yet; its
// release that has one cannot be had. So the original makes the schema (migrate.go), and this answers: the probes from the state
// of that schema, and of the API models and their versions, kept in the original's tables.
//
//	model-registry proxy --hostname=0.0.0.0 --port=8080 --datastore-type=embedmd --embedmd-database-type=mysql
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	_ "github.com/go-sql-driver/mysql"
)

// variable is the one from which the original takes its flag --embedmd-database-dsn.
const variable = "MR_EMBEDMD_DATABASE_DSN"

func main() {
	if err := run(os.Args[1:]); err != nil {
		slog.Error(err.Error())
		os.Exit(1)
	}
}

func run(args []string) error {
	address, err := parse(args)
	if err != nil {
		return err
	}
	dsn := os.Getenv(variable)
	if dsn == "" {
		return errors.New(variable + " is not set")
	}
	// The error of a DSN that cannot be parsed does not repeat it.
	database, err := sql.Open("mysql", dsn)
	if err != nil {
		return fmt.Errorf("%s: %w", variable, err)
	}
	database.SetConnMaxLifetime(5 * time.Minute)
	database.SetMaxOpenConns(10)

	stop, done := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer done()
	server := &http.Server{Addr: address, Handler: routes(database), ReadHeaderTimeout: time.Minute}
	failed := make(chan error, 1)
	// It answers its probes meanwhile, as the original does.
	go func() {
		if err := migrate(stop, database); err != nil {
			failed <- err
		}
	}()
	go func() { failed <- server.ListenAndServe() }()
	slog.Info("listening", "address", address)
	select {
	case err := <-failed:
		return err
	case <-stop.Done():
		return server.Shutdown(context.Background())
	}
}

func parse(args []string) (string, error) {
	if len(args) == 0 || args[0] != "proxy" {
		return "", errors.New("the one command is proxy")
	}
	flags := flag.NewFlagSet("proxy", flag.ContinueOnError)
	host := flags.String("hostname", "localhost", "where it listens")
	port := flags.String("port", "8080", "where it listens")
	store := flags.String("datastore-type", "mlmd", "embedmd")
	kind := flags.String("embedmd-database-type", "mysql", "mysql")
	if err := flags.Parse(args[1:]); err != nil {
		return "", err
	}
	if *store != "embedmd" || *kind != "mysql" || flags.NArg() > 0 {
		return "", errors.New("only --datastore-type=embedmd with --embedmd-database-type=mysql is known here")
	}
	return net.JoinHostPort(*host, *port), nil
}
