package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Launch starts this very program, which then has to become the other one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == ExecCommand {
		fmt.Fprintln(os.Stderr, Become(os.Args[2:]))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func newProcess(t *testing.T) Process {
	directory := t.TempDir()
	p := Process{File: filepath.Join(directory, "run.json"), Log: filepath.Join(directory, "log")}
	t.Cleanup(func() {
		if err := p.Stop(0); err != nil {
			t.Error(err)
		}
	})
	return p
}

func launch(t *testing.T, p Process, script string) <-chan error {
	t.Helper()
	ended, err := p.Launch("fingerprint", "/bin/sh", []string{"-c", script}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ended
}

func find(t *testing.T, p Process) *Record {
	t.Helper()
	record, err := p.Find()
	if err != nil {
		t.Fatal(err)
	}
	return record
}

func TestAProcessIsFoundWhileItRunsAndNotAfterKillNine(t *testing.T) {
	p := newProcess(t)
	if find(t, p) != nil {
		t.Fatal("it was found before it was launched")
	}
	ended := launch(t, p, "exec sleep 60")
	record := find(t, p)
	if record == nil || record.Fingerprint != "fingerprint" {
		t.Fatalf("found %+v", record)
	}
	if err := syscall.Kill(record.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-ended
	if record := find(t, p); record != nil {
		t.Fatalf("found %+v", record)
	}
}

func TestAProcessRunsOnlyOnce(t *testing.T) {
	p := newProcess(t)
	launch(t, p, "exec sleep 60")
	if _, err := p.Launch("again", "/bin/sh", []string{"-c", "exit"}, nil); !errors.Is(err, ErrRunning) {
		t.Fatalf("the second launch said: %v", err)
	}
	if record := find(t, p); record == nil || record.Fingerprint != "fingerprint" {
		t.Fatalf("found %+v", record)
	}
}

// look holds the lock as Find does for a moment, until the test or the function that it returns ends it.
func look(t *testing.T, p Process) (leave func()) {
	t.Helper()
	file, err := os.OpenFile(p.File, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	if free, err := tryLock(file, syscall.LOCK_SH); err != nil || !free {
		t.Fatalf("nobody can look: %v", err)
	}
	return func() { file.Close() }
}

func TestSomebodyWhoLooksDoesNotPassForTheProcess(t *testing.T) {
	p := newProcess(t)
	<-launch(t, p, "exit")
	leave := look(t, p)
	if record := find(t, p); record != nil {
		t.Errorf("found %+v", record)
	}
	time.AfterFunc(100*time.Millisecond, leave)
	launch(t, p, "exec sleep 60")
	if find(t, p) == nil {
		t.Error("it was launched and is not found")
	}
}

func TestAProcessInheritsNothingThatItsStarterHadOpen(t *testing.T) {
	var ends [2]int
	if err := syscall.Pipe(ends[:]); err != nil {
		t.Fatal(err)
	}
	p := newProcess(t)
	launch(t, p, "exec sleep 60")
	find(t, p)
	syscall.Close(ends[1])
	reading := os.NewFile(uintptr(ends[0]), "pipe")
	defer reading.Close()
	closed := make(chan error, 1)
	go func() {
		_, err := reading.Read(make([]byte, 1))
		closed <- err
	}()
	select {
	case err := <-closed:
		if !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the process keeps the pipe of its starter open")
	}
}

func TestStopEndsAProcessThatIgnoresPoliteness(t *testing.T) {
	p := newProcess(t)
	ended := launch(t, p, "trap '' TERM; echo ready; while :; do sleep 0.1; done")
	for !strings.Contains(p.LogTail(1), "ready") {
		time.Sleep(time.Millisecond)
	}
	if err := p.Stop(50 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("it ended with %v", err)
	}
}

func TestStopLeavesAStrangerWithTheRecordedProcessIDAlone(t *testing.T) {
	p := newProcess(t)
	stranger := exec.Command("sleep", "60")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer stranger.Process.Kill()
	record := fmt.Sprintf(`{"pid": %d, "fingerprint": "fingerprint"}`, stranger.Process.Pid)
	if err := os.WriteFile(p.File, []byte(record), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(time.Second); err != nil {
		t.Fatal(err)
	}
	if err := stranger.Process.Signal(syscall.Signal(0)); err != nil {
		t.Fatalf("the stranger is gone: %v", err)
	}
}

func TestTheLogBeginsAnewAtEachLaunchAndKeepsTheLastOne(t *testing.T) {
	p := newProcess(t)
	<-launch(t, p, "echo one; echo two")
	<-launch(t, p, "echo three")
	if tail := p.LogTail(10); tail != "three" {
		t.Errorf("the log is %q", tail)
	}
	previous := Process{Log: p.Log + ".previous"}
	if tail := previous.LogTail(1); tail != "two" {
		t.Errorf("the last line of the log before is %q", tail)
	}
}

func TestALockIsFreeAgainWhenItsHolderRemovedTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := Lock(context.Background(), path, func() { t.Error("it waited for nobody") })
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan struct{})
	locked := make(chan error)
	go func() {
		unlock, err := Lock(context.Background(), path, func() { close(waiting) })
		if err == nil {
			defer unlock()
			_, err = os.Stat(path)
		}
		locked <- err
	}()
	<-waiting
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	unlock()
	if err := <-locked; err != nil {
		t.Fatalf("the second one holds a lock on nothing: %v", err)
	}
}
