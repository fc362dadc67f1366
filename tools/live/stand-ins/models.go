// Model servers: FastAPI's shape, with the metrics that its usual exporter counts. Their model is the largest number.
package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// What a client sends: numbers, and how much work they are to be, for those who want to see it scale.
type features struct {
	Inputs []float64 `json:"inputs"`
	Rounds int       `json:"rounds,omitempty"`
}

type prediction struct {
	Class int `json:"class"`
}

// mostRounds are some seconds of a CPU.
const mostRounds = 20_000_000

// newModelServer is the AI workload: it takes the keys in API_KEYS.
func newModelServer(variable func(string) string) (http.Handler, error) {
	var digests [][sha256.Size]byte
	for key := range strings.SplitSeq(variable("API_KEYS"), ",") {
		if key = strings.TrimSpace(key); key != "" {
			digests = append(digests, sha256.Sum256([]byte(key)))
		}
	}
	if len(digests) == 0 {
		return nil, errors.New("API_KEYS is not set: nothing is served without a key")
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", probed)
	mux.HandleFunc("GET /ready", probed)
	mux.HandleFunc("POST /predict", guarded(digests, answerPrediction))
	return counted(mux), nil
}

// newCrimeBackend is for the frontend alone, and has no key.
func newCrimeBackend(func(string) string) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", probed)
	mux.HandleFunc("POST /predict", answerPrediction)
	return counted(mux), nil
}

func guarded(digests [][sha256.Size]byte, next http.HandlerFunc) http.HandlerFunc {
	return func(response http.ResponseWriter, request *http.Request) {
		given := sha256.Sum256([]byte(request.Header.Get("X-API-Key")))
		known := 0
		for _, digest := range digests {
			known |= subtle.ConstantTimeCompare(given[:], digest[:])
		}
		if known == 0 {
			refuse(response, http.StatusUnauthorized, "the header X-API-Key has to hold a valid key")
			return
		}
		next(response, request)
	}
}

func answerPrediction(response http.ResponseWriter, request *http.Request) {
	var given features
	decoder := json.NewDecoder(http.MaxBytesReader(response, request.Body, 1<<20))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&given); err != nil {
		refuse(response, http.StatusUnprocessableEntity, "the body is not as it should be: "+err.Error())
		return
	}
	if len(given.Inputs) == 0 || given.Rounds < 0 || given.Rounds > mostRounds {
		refuse(response, http.StatusUnprocessableEntity,
			"inputs has to be a list of numbers, and rounds at most "+strconv.Itoa(mostRounds))
		return
	}
	work(given.Rounds)
	answer(response, http.StatusOK, prediction{largest(given.Inputs)})
}

func work(rounds int) {
	sum := sha256.Sum256(nil)
	for range rounds {
		sum = sha256.Sum256(sum[:])
	}
}

func largest(numbers []float64) int {
	found := 0
	for index, number := range numbers {
		if number > numbers[found] {
			found = index
		}
	}
	return found
}

// counted adds /metrics, and counts and times every answer under the path that matched.
func counted(mux *http.ServeMux) http.Handler {
	registry := prometheus.NewRegistry()
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "http_requests_total", Help: "Requests answered.",
	}, []string{"method", "path", "status"})
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "http_request_duration_seconds", Help: "Time from a request's first byte to the end of its answer.",
		Buckets: prometheus.DefBuckets,
	}, []string{"method", "path"})
	registry.MustRegister(requests, seconds, collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))

	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		started := time.Now()
		method, path := "other", "other"
		// Whatever else a client makes up is one time series, not one each.
		if _, pattern := mux.Handler(request); pattern != "" {
			method, path, _ = strings.Cut(pattern, " ")
		}
		seen := &watched{ResponseWriter: response, status: http.StatusOK}
		mux.ServeHTTP(seen, request)
		requests.WithLabelValues(method, path, strconv.Itoa(seen.status)).Inc()
		seconds.WithLabelValues(method, path).Observe(time.Since(started).Seconds())
	})
}
