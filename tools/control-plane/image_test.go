//go:build linux

package main

// An image with one program, as an OCI archive: what `load` takes.

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

type tarFile struct {
	name string
	mode int64
	data []byte
}

func tarOf(t *testing.T, files ...tarFile) []byte {
	t.Helper()
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	for _, file := range files {
		header := &tar.Header{Name: file.name, Mode: file.mode, Size: int64(len(file.data))}
		if err := writer.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := writer.Write(file.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// podArchive builds testdata/pod, and makes an image of it under several names.
func podArchive(t *testing.T, names ...string) string {
	t.Helper()
	folder := t.TempDir()
	program := filepath.Join(folder, "program")
	build := exec.Command("go", "build", "-trimpath", "-o", program, "./testdata/pod")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	contents, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	type fields = map[string]any
	var files []tarFile
	encode := func(value any) []byte {
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	blob := func(kind string, data []byte) fields {
		sum := sha256.Sum256(data)
		digest := hex.EncodeToString(sum[:])
		files = append(files, tarFile{"blobs/sha256/" + digest, 0o644, data})
		return fields{"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + digest, "size": len(data)}
	}
	layer := blob("layer.v1.tar", tarOf(t, tarFile{"program", 0o755, contents}))
	config := blob("config.v1+json", encode(fields{
		"os": "linux", "architecture": runtime.GOARCH, "config": fields{"Entrypoint": []string{"/program"}},
		"rootfs": fields{"type": "layers", "diff_ids": []any{layer["digest"]}},
	}))
	manifest := blob("manifest.v1+json", encode(fields{
		"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config,
		"layers": []fields{layer},
	}))
	var manifests []fields
	for _, name := range names {
		manifests = append(manifests, fields{
			"mediaType": manifest["mediaType"], "digest": manifest["digest"], "size": manifest["size"],
			"annotations": fields{"org.opencontainers.image.ref.name": name},
		})
	}
	files = append(files, tarFile{"oci-layout", 0o644, encode(fields{"imageLayoutVersion": "1.0.0"})},
		tarFile{"index.json", 0o644, encode(fields{"schemaVersion": 2, "manifests": manifests})})
	archive := filepath.Join(folder, "image.tar")
	if err := os.WriteFile(archive, tarOf(t, files...), 0o600); err != nil {
		t.Fatal(err)
	}
	return archive
}
