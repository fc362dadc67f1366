// Package api is a small client of the Kubernetes API: JSON over HTTPS, which is all that the control plane
// needs to set up its own objects and to play the part of absent operators.
package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// Object is any Kubernetes object.
type Object = map[string]any

// Client talks to one API server, and to no other: it trusts one authority alone and uses no proxy.
type Client struct {
	server string
	http   *http.Client

	mutex     sync.Mutex
	resources map[string][]resource
}

// Credentials are files of PEM.
type Credentials struct{ Authority, Certificate, Key string }

// StatusError is the API server's refusal.
type StatusError struct {
	Code    int
	Message string
}

func (e *StatusError) Error() string { return e.Message }

// NotFound tells whether the API server has no such thing.
func NotFound(err error) bool {
	var status *StatusError
	return errors.As(err, &status) && status.Code == http.StatusNotFound
}

// NewClient reads the credentials; it doesn't connect yet.
func NewClient(server string, credentials Credentials) (*Client, error) {
	authority, err := os.ReadFile(credentials.Authority)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		return nil, fmt.Errorf("%s holds no certificate", credentials.Authority)
	}
	certificate, err := tls.LoadX509KeyPair(credentials.Certificate, credentials.Key)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{certificate}},
		ForceAttemptHTTP2:   true,
		TLSHandshakeTimeout: 5 * time.Second,
	}
	return &Client{server: server, http: &http.Client{Transport: transport}, resources: map[string][]resource{}}, nil
}

// Close ends connections that are kept for later.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Get reads JSON into `into`, which may be nil.
func (c *Client) Get(ctx context.Context, path string, into any) error {
	return c.call(ctx, http.MethodGet, path, nil, into, nil)
}

// Healthy reads a path that answers with plain text.
func (c *Client) Healthy(ctx context.Context, path string) error {
	response, err := c.do(ctx, http.MethodGet, path, nil, nil)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// Metadata lists objects without their contents.
func (c *Client) Metadata(ctx context.Context, path string, into any) error {
	const kind = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
	return c.call(ctx, http.MethodGet, path, nil, into, map[string]string{"Accept": kind})
}

// Delete removes an object.
func (c *Client) Delete(ctx context.Context, path string) error {
	return c.call(ctx, http.MethodDelete, path, nil, nil, nil)
}

// MergePatch changes the fields that the patch names.
func (c *Client) MergePatch(ctx context.Context, path string, patch any) error {
	const kind = "application/merge-patch+json"
	return c.call(ctx, http.MethodPatch, path, patch, nil, map[string]string{"Content-Type": kind})
}

// ServerSideApply makes the object at the path what it says, as the named manager of its fields.
func (c *Client) ServerSideApply(ctx context.Context, path, manager string, object Object) error {
	const kind = "application/apply-patch+yaml"
	path += "?force=true&fieldManager=" + manager
	return c.call(ctx, http.MethodPatch, path, object, nil, map[string]string{"Content-Type": kind})
}

// Watch calls back for each change of a collection until the API server ends the watch.
func (c *Client) Watch(ctx context.Context, path, resourceVersion string, changed func(kind string, object Object)) error {
	path += "?watch=true&timeoutSeconds=300&resourceVersion=" + resourceVersion
	response, err := c.do(ctx, http.MethodGet, path, nil, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	for decoder := json.NewDecoder(response.Body); ; {
		var event struct {
			Type   string
			Object Object
		}
		if err := decoder.Decode(&event); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if event.Type == "ERROR" {
			return fmt.Errorf("watch of %s: %v", path, event.Object["message"])
		}
		changed(event.Type, event.Object)
	}
}

func (c *Client) call(ctx context.Context, method, path string, body, into any, headers map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	response, err := c.do(ctx, method, path, body, headers)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if into == nil {
		_, err = io.Copy(io.Discard, response.Body)
		return err
	}
	return json.NewDecoder(response.Body).Decode(into)
}

func (c *Client) do(
	ctx context.Context, method, path string, body any, headers map[string]string,
) (*http.Response, error) {
	var content io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.server+path, content)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "control-plane")
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode < 300 {
		return response, nil
	}
	defer response.Body.Close()
	data, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	var status struct{ Message string }
	if json.Unmarshal(data, &status) != nil || status.Message == "" {
		status.Message = string(bytes.TrimSpace(data))
	}
	return nil, &StatusError{
		Code:    response.StatusCode,
		Message: fmt.Sprintf("%s %s: %s: %s", method, path, response.Status, status.Message),
	}
}
