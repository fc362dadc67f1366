// Main-app: it takes a video, gives it to its workers, and keeps what they find in the database.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// A record is what is known of a video.
type record struct {
	ID       string `json:"id" bson:"_id"`
	Video    `bson:",inline"`
	Findings map[string]finding `json:"findings" bson:"findings"`
}

type mainApp struct {
	name    string
	folder  string
	urls    map[string]string
	records records
	origins []string
}

func newMainApp(variable func(string) string) (http.Handler, error) {
	app := mainApp{name: variable("APP_NAME"), folder: storage, urls: map[string]string{}}
	for _, worker := range workers {
		url, err := required(variable, worker.variable)
		if err != nil {
			return nil, err
		}
		app.urls[worker.name] = url
	}
	if origins := variable("CORS_ORIGINS"); origins != "" {
		if err := json.Unmarshal([]byte(origins), &app.origins); err != nil {
			return nil, fmt.Errorf("CORS_ORIGINS is not a JSON list: %w", err)
		}
	}
	records, err := newRecords(variable("MONGODB_URL"))
	if err != nil {
		return nil, err
	}
	app.records = records
	return app.routes(), nil
}

func (app mainApp) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(response http.ResponseWriter, _ *http.Request) {
		answer(response, http.StatusOK, map[string]string{"status": "ok", "app": app.name})
	})
	mux.HandleFunc("POST /api/videos", app.take)
	mux.HandleFunc("GET /api/videos/{id}", app.show)
	return app.crossOrigin(mux)
}

// take answers when every worker has found something; `workers` in the query names some of them.
func (app mainApp) take(response http.ResponseWriter, request *http.Request) {
	received, err := receive(response, request, app.folder)
	if err != nil {
		report(response, err)
		return
	}
	defer removeQuietly(received.file)
	found := record{ID: newID(), Video: received, Findings: map[string]finding{}}
	if err := app.records.keep(request.Context(), found); err != nil {
		report(response, err)
		return
	}
	wanted := request.URL.Query().Get("workers")
	for _, worker := range workers {
		if wanted != "" && !slices.Contains(strings.Split(wanted, ","), worker.name) {
			continue
		}
		result, err := app.ask(request, worker, received)
		if err != nil {
			report(response, err)
			return
		}
		found.Findings[worker.name] = result
	}
	if err := app.records.keep(request.Context(), found); err != nil {
		report(response, err)
		return
	}
	answer(response, http.StatusOK, found)
}

// ask uploads a video to a worker.
func (app mainApp) ask(request *http.Request, worker worker, sent Video) (finding, error) {
	reply, err := send(request, app.urls[worker.name]+worker.path, sent, worker.fields)
	if err != nil {
		return finding{}, failure{http.StatusBadGateway, fmt.Sprintf("%s did not answer: %s", worker.name, err)}
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		reason, _ := io.ReadAll(io.LimitReader(reply.Body, 1024))
		return finding{}, failure{http.StatusBadGateway, fmt.Sprintf("%s answered %s: %s", worker.name, reply.Status, reason)}
	}
	var result finding
	if err := json.NewDecoder(reply.Body).Decode(&result); err != nil {
		return finding{}, failure{http.StatusBadGateway, fmt.Sprintf("%s gave no answer to be read: %s", worker.name, err)}
	}
	return result, nil
}

func (app mainApp) show(response http.ResponseWriter, request *http.Request) {
	found, err := app.records.find(request.Context(), request.PathValue("id"))
	if err != nil {
		report(response, err)
		return
	}
	answer(response, http.StatusOK, found)
}

// crossOrigin lets the pages of the origins that the platform names call this.
func (app mainApp) crossOrigin(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		origin := request.Header.Get("Origin")
		response.Header().Add("Vary", "Origin")
		if slices.Contains(app.origins, origin) {
			response.Header().Set("Access-Control-Allow-Origin", origin)
			response.Header().Set("Access-Control-Allow-Methods", "GET, POST")
			response.Header().Set("Access-Control-Allow-Headers", "Content-Type")
		}
		if request.Method == http.MethodOptions {
			response.WriteHeader(http.StatusNoContent)
			return
		}
		handler.ServeHTTP(response, request)
	})
}
