package machine

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func shell(t *testing.T, name, script string) *keeper {
	t.Helper()
	daemon := Daemon{
		Name: name, Program: "/bin/sh", Args: []string{"-c", script}, Log: filepath.Join(t.TempDir(), name+".log"),
	}
	return &keeper{Daemon: daemon, state: State{Name: name}}
}

func keepUntilEnd(t *testing.T, all ...*keeper) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{}, len(all))
	for _, k := range all {
		go func() {
			k.keep(ctx, all)
			done <- struct{}{}
		}()
	}
	t.Cleanup(func() {
		cancel()
		for _, k := range all {
			k.end()
			<-done
		}
	})
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came to this: %s", what)
		}
	}
}

func TestADaemonThatEndsIsStartedAgainAndSaysHowItEnded(t *testing.T) {
	k := shell(t, "restless", "echo about to fail; exit 3")
	keepUntilEnd(t, k)
	await(t, "it has ended twice", func() bool { return k.now(context.Background()).Ends >= 2 })
	if state := k.now(context.Background()); !strings.Contains(state.End, "status 3") {
		t.Errorf("its end was %q", state.End)
	}
	if log, err := os.ReadFile(k.Log + ".previous"); err != nil || !strings.Contains(string(log), "about to fail") {
		t.Errorf("the log of its first time says %q (%v)", log, err)
	}
}

func TestADaemonWaitsForTheOneThatItNeeds(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "mark")
	first, second := shell(t, "first", "exec sleep 60"), shell(t, "second", "touch "+mark+"; exec sleep 60")
	socket := filepath.Join(t.TempDir(), "socket")
	first.Health.URL = "unix://" + socket
	second.Needs = "first"
	keepUntilEnd(t, first, second)
	await(t, "the first one runs", func() bool { return first.now(context.Background()).PID > 0 })
	time.Sleep(200 * time.Millisecond)
	if _, err := os.Stat(mark); !os.IsNotExist(err) {
		t.Fatalf("the second one was started before the first one was ready (%v)", err)
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	await(t, "the second one runs", func() bool { _, err := os.Stat(mark); return err == nil })
}

func TestAForwardHandsOnBothWaysUntilBothHaveSaidAll(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() {
		connection, err := server.Accept()
		if err != nil {
			return
		}
		defer connection.Close()
		// It answers when it has heard all, as HTTP/1.0 does.
		heard, _ := io.ReadAll(connection)
		_, _ = connection.Write([]byte("heard " + string(heard)))
	}()
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer door.Close()
	go func() {
		outside, err := door.Accept()
		if err != nil {
			return
		}
		inside, err := net.Dial("tcp", server.Addr().String())
		if err == nil {
			join(outside, inside)
			inside.Close()
		}
		outside.Close()
	}()
	client, err := net.Dial("tcp", door.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Write([]byte("a question")); err != nil {
		t.Fatal(err)
	}
	if err := client.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(client); err != nil || string(answer) != "heard a question" {
		t.Errorf("the answer is %q (%v)", answer, err)
	}
}

func TestTheRecordOfAnEarlierMachineIsNone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "record")
	if _, err := Find(file, 1); err != ErrNotUp {
		t.Errorf("without a record: %v", err)
	}
	if err := os.WriteFile(file, []byte(`{"host": 41, "init": 42}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(file, 43); err != ErrNotUp {
		t.Errorf("with the record of another one: %v", err)
	}
	if found, err := Find(file, 41); err != nil || found.Path("/run/x") != "/proc/42/root/run/x" {
		t.Errorf("with its own record: %+v (%v)", found, err)
	}
}
