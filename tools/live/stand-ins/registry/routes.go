// Routes: the probes, and of the API what makes, lists and finds models and their versions.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
)

const (
	base       = "/api/model_registry/v1alpha3"
	modelType  = "kf.RegisteredModel"
	versioning = "kf.ModelVersion"
)

var errTaken = errors.New("the name is taken")

func routes(database *sql.DB) http.Handler {
	store := store{database}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz/isDirty", func(response http.ResponseWriter, request *http.Request) {
		found, dirty, err := migrated(request.Context(), database)
		healthy(response, err == nil && found == version && !dirty)
	})
	mux.HandleFunc("GET /readyz/health", func(response http.ResponseWriter, request *http.Request) {
		_, err := store.list(request.Context(), modelType, "")
		healthy(response, err == nil)
	})
	mux.HandleFunc("POST "+base+"/registered_models", func(response http.ResponseWriter, request *http.Request) {
		store.take(response, request, modelType, "")
	})
	mux.HandleFunc("GET "+base+"/registered_models", func(response http.ResponseWriter, request *http.Request) {
		store.show(response, request, modelType, "")
	})
	mux.HandleFunc("GET "+base+"/registered_models/{id}", func(response http.ResponseWriter, request *http.Request) {
		found, err := store.get(request.Context(), modelType, request.PathValue("id"))
		reply(response, http.StatusOK, found, err)
	})
	mux.HandleFunc("POST "+base+"/registered_models/{id}/versions", func(response http.ResponseWriter, request *http.Request) {
		store.take(response, request, versioning, request.PathValue("id"))
	})
	mux.HandleFunc("GET "+base+"/registered_models/{id}/versions", func(response http.ResponseWriter, request *http.Request) {
		store.show(response, request, versioning, request.PathValue("id"))
	})
	return mux
}

func healthy(response http.ResponseWriter, well bool) {
	if !well {
		http.Error(response, "not ready", http.StatusServiceUnavailable)
		return
	}
	_, _ = response.Write([]byte("OK"))
}

// take makes a model, or a version of one.
func (s store) take(response http.ResponseWriter, request *http.Request, kind, parent string) {
	var given entity
	if err := json.NewDecoder(http.MaxBytesReader(response, request.Body, 1<<20)).Decode(&given); err != nil || given.Name == "" {
		complain(response, http.StatusBadRequest, "the body has to be JSON with a name")
		return
	}
	made, err := s.create(request.Context(), kind, parent, given)
	reply(response, http.StatusCreated, made, err)
}

func (s store) show(response http.ResponseWriter, request *http.Request, kind, parent string) {
	found, err := s.list(request.Context(), kind, parent)
	reply(response, http.StatusOK, map[string]any{"items": found, "size": len(found), "pageSize": len(found), "nextPageToken": ""}, err)
}

func reply(response http.ResponseWriter, status int, body any, err error) {
	switch {
	case errors.Is(err, sql.ErrNoRows):
		complain(response, http.StatusNotFound, "there is none with this id")
	case errors.Is(err, errTaken):
		complain(response, http.StatusConflict, err.Error())
	case errors.Is(err, context.Canceled):
	case err != nil:
		slog.Error(err.Error())
		complain(response, http.StatusInternalServerError, "internal error")
	default:
		write(response, status, body)
	}
}

func complain(response http.ResponseWriter, status int, message string) {
	write(response, status, map[string]string{"code": strconv.Itoa(status), "message": message})
}

func write(response http.ResponseWriter, status int, body any) {
	response.Header().Set("Content-Type", "application/json; charset=UTF-8")
	response.WriteHeader(status)
	if err := json.NewEncoder(response).Encode(body); err != nil {
		slog.Warn("answering", "error", err.Error())
	}
}
