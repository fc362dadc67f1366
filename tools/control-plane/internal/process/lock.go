// Locks on files: they end with the process that holds them.
package process

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"time"
)

// Lock waits for the lock on a file, which it makes. The wait is announced once.
func Lock(ctx context.Context, path string, waiting func()) (unlock func(), err error) {
	for announced := false; ; {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		free, err := tryLock(file, syscall.LOCK_EX)
		if err != nil {
			file.Close()
			return nil, err
		}
		// Whoever held it may have removed the file: then this is a lock on nothing.
		if free && isStill(path, file) {
			return func() { file.Close() }, nil
		}
		file.Close()
		if !announced {
			announced = true
			waiting()
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// tryLock takes a lock that only one may have (LOCK_EX), or one that many may have at once (LOCK_SH).
func tryLock(file *os.File, kind int) (bool, error) {
	err := syscall.Flock(int(file.Fd()), kind|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

func isStill(path string, file *os.File) bool {
	there, err := os.Stat(path)
	if err != nil {
		return false
	}
	held, err := file.Stat()
	return err == nil && os.SameFile(there, held)
}

func lastLines(text string, count int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
