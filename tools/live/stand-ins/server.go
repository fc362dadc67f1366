// Serving: what every role has in common.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// serve answers until it is told to stop, and then for as long as requests are in flight: whoever stops it knows how long
// that may be.
func serve(address string, handler http.Handler) error {
	stop, done := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer done()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return serveUntil(stop, listener, handler)
}

func serveUntil(stop context.Context, listener net.Listener, handler http.Handler) error {
	// Bodies may take hours, and idle connections outlast those of proxies: one that they use again must not be closed just then.
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute, IdleTimeout: 10 * time.Minute}
	ended := make(chan error, 1)
	go func() {
		<-stop.Done()
		ended <- server.Shutdown(context.Background())
	}()
	slog.Info("listening", "address", listener.Addr().String())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-ended
}

// probed answers a probe.
func probed(response http.ResponseWriter, _ *http.Request) {
	answer(response, http.StatusOK, map[string]string{"status": "ok"})
}

func answer(response http.ResponseWriter, status int, body any) {
	response.Header().Set("Content-Type", "application/json")
	response.WriteHeader(status)
	if err := json.NewEncoder(response).Encode(body); err != nil {
		slog.Warn("answering", "error", err.Error())
	}
}

// refuse says what is wrong as FastAPI does.
func refuse(response http.ResponseWriter, status int, reason string) {
	answer(response, status, map[string]string{"detail": reason})
}

// failure is an error that a client is told with a status of its own.
type failure struct {
	status int
	reason string
}

func (f failure) Error() string { return f.reason }

// report tells a client what went wrong; what is not a failure of its own is ours.
func report(response http.ResponseWriter, err error) {
	var known failure
	if errors.As(err, &known) {
		refuse(response, known.status, known.reason)
		return
	}
	slog.Error(err.Error())
	refuse(response, http.StatusInternalServerError, "internal error")
}

// logged writes a line for each request that is not the cluster's own.
func logged(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		started := time.Now()
		seen := &watched{ResponseWriter: response, status: http.StatusOK}
		handler.ServeHTTP(seen, request)
		if !isQuiet(request.URL.Path) {
			slog.Info("request", "method", request.Method, "path", request.URL.Path, "status", seen.status,
				"seconds", time.Since(started).Seconds())
		}
	})
}

func isQuiet(path string) bool {
	switch path {
	case "/", "/health", "/ready", "/metrics", "/_stcore/health":
		return true
	}
	return false
}

// watched knows the status of an answer.
type watched struct {
	http.ResponseWriter
	status int
}

func (w *watched) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func required(variable func(string) string, name string) (string, error) {
	if value := variable(name); value != "" {
		return value, nil
	}
	return "", errors.New(name + " is not set")
}

func removeQuietly(file string) {
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		slog.Warn("removing a file", "error", err.Error())
	}
}
