// Uploads: one file in a form, to the disk and onwards, without ever being in memory as a whole.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
)

// largestUpload is a video of 500 MiB and the form around it.
const largestUpload = 501 << 20

// A Video is a file on this pod's disk. It is exported for the database's driver, which looks into no other.
type Video struct {
	Name   string `json:"filename" bson:"filename"`
	Size   int64  `json:"size" bson:"size"`
	SHA256 string `json:"sha256" bson:"sha256"`
	file   string
}

// receive takes the field `file` of a form to the folder. Whoever calls it removes the file.
func receive(response http.ResponseWriter, request *http.Request, folder string) (Video, error) {
	request.Body = http.MaxBytesReader(response, request.Body, largestUpload)
	form, err := request.MultipartReader()
	if err != nil {
		return Video{}, failure{http.StatusUnprocessableEntity, "the body is not a form with a file: " + err.Error()}
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return Video{}, failure{http.StatusUnprocessableEntity, "the form has no field `file`"}
		}
		if err != nil {
			return Video{}, broken(err)
		}
		if part.FormName() == "file" {
			return store(part, folder)
		}
	}
}

// store writes a video and then reads it again, so that its checksum is that of what is on the disk.
func store(part *multipart.Part, folder string) (_ Video, err error) {
	file, err := os.CreateTemp(folder, "video-*")
	if err != nil {
		return Video{}, err
	}
	defer func() {
		err = errors.Join(err, file.Close())
		if err != nil {
			removeQuietly(file.Name())
		}
	}()
	if _, err := io.Copy(file, part); err != nil {
		return Video{}, broken(err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return Video{}, err
	}
	hash := sha256.New()
	size, err := io.Copy(hash, file)
	if err != nil {
		return Video{}, err
	}
	return Video{part.FileName(), size, hex.EncodeToString(hash.Sum(nil)), file.Name()}, nil
}

// broken is what a client is told whose upload ended before its time.
func broken(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return failure{http.StatusRequestEntityTooLarge, fmt.Sprintf("a form has at most %d bytes", tooLarge.Limit)}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return failure{http.StatusBadRequest, "the upload ended before its time"}
	}
	return fmt.Errorf("taking an upload: %w", err)
}

// send uploads a video with other fields of a form, and gives the answer to whoever closes its body.
func send(request *http.Request, url string, sent Video, fields map[string]string) (*http.Response, error) {
	file, err := os.Open(sent.file)
	if err != nil {
		return nil, err
	}
	reader, writer := io.Pipe()
	form := multipart.NewWriter(writer)
	go func() {
		defer file.Close()
		writer.CloseWithError(fill(form, file, sent.Name, fields))
	}()
	upload, err := http.NewRequestWithContext(request.Context(), http.MethodPost, url, reader)
	if err != nil {
		reader.CloseWithError(err)
		return nil, err
	}
	upload.Header.Set("Content-Type", form.FormDataContentType())
	// One connection for each. A kept one leads to the same pod until that ends, also when its Service has another by then;
	// and a body that is on its way when the pod closes it can't be sent again.
	upload.Close = true
	return http.DefaultClient.Do(upload)
}

func fill(form *multipart.Writer, file io.Reader, name string, fields map[string]string) error {
	for field, value := range fields {
		if err := form.WriteField(field, value); err != nil {
			return err
		}
	}
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		return err
	}
	if _, err := io.Copy(part, file); err != nil {
		return err
	}
	return form.Close()
}
