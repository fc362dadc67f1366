package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// pipeline is main-app with all of its workers, each with a disk of its own.
func pipeline(t *testing.T) (app string, disks []string) {
	t.Helper()
	disks = []string{t.TempDir()}
	main := mainApp{name: "VidP", folder: disks[0], urls: map[string]string{}, origins: []string{"https://vidp.local"},
		records: &inMemory{kept: map[string]record{}}}
	for _, worker := range workers {
		disk := t.TempDir()
		disks = append(disks, disk)
		server := httptest.NewServer(worker.on(disk))
		t.Cleanup(server.Close)
		main.urls[worker.name] = server.URL
	}
	server := httptest.NewServer(main.routes())
	t.Cleanup(server.Close)
	return server.URL, disks
}

func form(t *testing.T, field string, content []byte) (io.Reader, string) {
	t.Helper()
	var body bytes.Buffer
	writer := multipart.NewWriter(&body)
	part, err := writer.CreateFormFile(field, "a.mp4")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return &body, writer.FormDataContentType()
}

func upload(t *testing.T, url, field string, content []byte, into any) int {
	t.Helper()
	body, kind := form(t, field, content)
	reply, err := http.Post(url, kind, body)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	if err := json.NewDecoder(reply.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
	return reply.StatusCode
}

func TestAVideoReachesEveryWorkerUnchanged(t *testing.T) {
	app, disks := pipeline(t)
	content := bytes.Repeat([]byte("video"), 1<<20)
	sum := sha256.Sum256(content)
	var found record
	if status := upload(t, app+"/api/videos", "file", content, &found); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	if len(found.Findings) != len(workers) {
		t.Fatalf("findings of %d workers", len(found.Findings))
	}
	for name, finding := range found.Findings {
		if finding.Service != name || finding.Size != int64(len(content)) || finding.SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("%s got %+v", name, finding)
		}
	}
	for _, disk := range disks {
		if left, err := os.ReadDir(disk); err != nil || len(left) > 0 {
			t.Errorf("left on the disk: %v %v", left, err)
		}
	}
	reply, err := http.Get(app + "/api/videos/" + found.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	var kept record
	if err := json.NewDecoder(reply.Body).Decode(&kept); err != nil || kept.Findings["subtitle"] != found.Findings["subtitle"] {
		t.Errorf("kept: %+v %v", kept, err)
	}
}

func TestOnlyNamedWorkersAreAsked(t *testing.T) {
	app, _ := pipeline(t)
	var found record
	upload(t, app+"/api/videos?workers=langscale", "file", []byte("video"), &found)
	if _, asked := found.Findings["langscale"]; !asked || len(found.Findings) != 1 {
		t.Errorf("asked: %v", found.Findings)
	}
}

func TestAFormWithoutAFileIsRefused(t *testing.T) {
	app, _ := pipeline(t)
	var answer map[string]string
	if status := upload(t, app+"/api/videos", "video", []byte("video"), &answer); status != http.StatusUnprocessableEntity {
		t.Errorf("status %d: %v", status, answer)
	}
}

func TestAWorkerThatIsAwayIsNamed(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	main := mainApp{folder: t.TempDir(), urls: map[string]string{"downscale": gone.URL}, records: &inMemory{kept: map[string]record{}}}
	server := httptest.NewServer(main.routes())
	defer server.Close()
	var answer map[string]string
	status := upload(t, server.URL+"/api/videos?workers=downscale", "file", []byte("video"), &answer)
	if status != http.StatusBadGateway || !strings.Contains(answer["detail"], "downscale") {
		t.Errorf("status %d: %v", status, answer)
	}
}

func TestPagesOfKnownOriginsAloneMayCall(t *testing.T) {
	app, _ := pipeline(t)
	for origin, allowed := range map[string]string{"https://vidp.local": "https://vidp.local", "https://evil.example": ""} {
		request, _ := http.NewRequest(http.MethodOptions, app+"/api/videos", nil)
		request.Header.Set("Origin", origin)
		reply, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		reply.Body.Close()
		if got := reply.Header.Get("Access-Control-Allow-Origin"); got != allowed {
			t.Errorf("%s: %q", origin, got)
		}
	}
}

func variables(of map[string]string) func(string) string {
	return func(name string) string { return of[name] }
}

func TestTheModelServerAsksForAKeyAndCounts(t *testing.T) {
	handler, err := newModelServer(variables(map[string]string{"API_KEYS": "new,old"}))
	if err != nil {
		t.Fatal(err)
	}
	for key, expected := range map[string]int{"new": 200, "old": 200, "other": 401, "": 401} {
		request := httptest.NewRequest(http.MethodPost, "/predict", strings.NewReader(`{"inputs":[1,3,2]}`))
		request.Header.Set("X-API-Key", key)
		response := httptest.NewRecorder()
		handler.ServeHTTP(response, request)
		if response.Code != expected {
			t.Errorf("key %q: %d", key, response.Code)
		}
		if expected == 200 && !strings.Contains(response.Body.String(), `{"class":1}`) {
			t.Errorf("answer: %s", response.Body)
		}
	}
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, line := range []string{
		`http_requests_total{method="POST",path="/predict",status="200"} 2`,
		`http_requests_total{method="POST",path="/predict",status="401"} 2`,
		`http_request_duration_seconds_bucket{method="POST",path="/predict",le="0.25"} 4`,
	} {
		if !strings.Contains(response.Body.String(), line) {
			t.Errorf("no %s in\n%s", line, response.Body)
		}
	}
}

func TestWithoutKeysNothingIsServed(t *testing.T) {
	if _, err := newModelServer(variables(nil)); err == nil {
		t.Error("it started")
	}
}

func TestThePageOfCrimePredictionAsksItsBackend(t *testing.T) {
	backend, _ := newCrimeBackend(variables(nil))
	server := httptest.NewServer(backend)
	page, err := newCrimeFrontend(variables(map[string]string{"BACKEND_URL": server.URL}))
	if err != nil {
		t.Fatal(err)
	}
	ask := func() *httptest.ResponseRecorder {
		response := httptest.NewRecorder()
		page.ServeHTTP(response, httptest.NewRequest(http.MethodGet, "/", nil))
		return response
	}
	if response := ask(); response.Code != http.StatusOK || !strings.Contains(response.Body.String(), "class 1") {
		t.Errorf("%d: %s", response.Code, response.Body)
	}
	server.Close()
	if response := ask(); response.Code != http.StatusBadGateway {
		t.Errorf("without its backend: %d", response.Code)
	}
}

func TestARequestInFlightIsFinishedBeforeItStops(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	began, finish := make(chan struct{}), make(chan struct{})
	stop, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- serveUntil(stop, listener, http.HandlerFunc(func(response http.ResponseWriter, _ *http.Request) {
			close(began)
			<-finish
			_, _ = io.WriteString(response, "done")
		}))
	}()
	answered := make(chan string, 1)
	go func() {
		reply, err := http.Get("http://" + listener.Addr().String())
		if err != nil {
			answered <- err.Error()
			return
		}
		defer reply.Body.Close()
		body, _ := io.ReadAll(reply.Body)
		answered <- string(body)
	}()
	<-began
	end()
	select {
	case err := <-ended:
		t.Fatalf("it stopped with a request in flight: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	close(finish)
	if got := <-answered; got != "done" {
		t.Errorf("answered %q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
