// Pages: the user interfaces, whose servers call the services behind them.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
)

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Title}}</title></head>
<body><h1>{{.Title}}</h1><p>{{.Text}}</p></body></html>
`))

func show(response http.ResponseWriter, title, text string) {
	response.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := page.Execute(response, map[string]string{"Title": title, "Text": text}); err != nil {
		report(response, err)
	}
}

// newFrontend is the video pipeline's: its page is there whatever main-app does, and what its API is asked it asks main-app.
func newFrontend(variable func(string) string) (http.Handler, error) {
	address, err := required(variable, "MAIN_APP_SERVICE_URL")
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("MAIN_APP_SERVICE_URL: %w", err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) { request.SetURL(target) },
		ErrorHandler: func(response http.ResponseWriter, _ *http.Request, err error) {
			refuse(response, http.StatusBadGateway, "main-app did not answer: "+err.Error())
		},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(response http.ResponseWriter, _ *http.Request) {
		show(response, "VidP", "Upload a video to /api/videos.")
	})
	mux.Handle("/api/", proxy)
	return mux, nil
}

// newCrimeFrontend is what Streamlit is: whoever opens its page makes its server ask the backend.
func newCrimeFrontend(variable func(string) string) (http.Handler, error) {
	backend, err := required(variable, "BACKEND_URL")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_stcore/health", func(response http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(response, "ok")
	})
	mux.HandleFunc("GET /{$}", func(response http.ResponseWriter, request *http.Request) {
		class, err := predict(request, backend)
		if err != nil {
			report(response, failure{http.StatusBadGateway, "the backend did not answer: " + err.Error()})
			return
		}
		show(response, "Crime prediction", "The backend predicts class "+class+".")
	})
	return mux, nil
}

// predict asks the backend for one prediction.
func predict(request *http.Request, backend string) (string, error) {
	body, err := json.Marshal(features{Inputs: []float64{1, 3, 2}})
	if err != nil {
		return "", err
	}
	call, err := http.NewRequestWithContext(request.Context(), http.MethodPost, backend+"/predict", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	call.Header.Set("Content-Type", "application/json")
	reply, err := http.DefaultClient.Do(call)
	if err != nil {
		return "", err
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return "", fmt.Errorf("it answered %s", reply.Status)
	}
	var result prediction
	if err := json.NewDecoder(reply.Body).Decode(&result); err != nil {
		return "", err
	}
	return fmt.Sprint(result.Class), nil
}
