// Workers: they take a video by HTTP, keep it on their own disk while they work on it, and answer with what they found.
package main

import "net/http"

// A worker of the video pipeline, as main-app knows it too.
type worker struct {
	name string
	port string
	// variable tells main-app where it is.
	variable string
	// path takes uploads.
	path string
	// fields go with a video.
	fields map[string]string
}

var workers = []worker{
	{"downscale", "8001", "DOWNSCALE_SERVICE_URL", "/api/compress/upload", nil},
	{"langscale", "8002", "LANGSCALE_SERVICE_URL", "/api/detect/upload", map[string]string{"duration": "30", "test_all_languages": "true"}},
	{"subtitle", "8003", "SUBTITLE_SERVICE_URL", "/api/generate/upload", nil},
	{"animal-detect", "8004", "ANIMAL_DETECTION_SERVICE_URL", "/api/detect/upload", nil},
}

// A finding is what a worker answers.
type finding struct {
	Service string `json:"service" bson:"service"`
	Video   `bson:",inline"`
}

func (w worker) handler(func(string) string) (http.Handler, error) { return w.on(storage), nil }

func (w worker) on(folder string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", probed)
	mux.HandleFunc("POST "+w.path, func(response http.ResponseWriter, request *http.Request) {
		received, err := receive(response, request, folder)
		if err != nil {
			report(response, err)
			return
		}
		defer removeQuietly(received.file)
		answer(response, http.StatusOK, finding{w.name, received})
	})
	return mux
}
