package reach

import (
	"context"
	"net"
	"testing"
	"time"
)

func TestOutcomesOfTargetsOnThisMachine(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	free, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	answering, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer answering.Close()
	go func() {
		buffer := make([]byte, 64)
		if count, from, err := answering.ReadFrom(buffer); err == nil {
			_, _ = answering.WriteTo(buffer[:count], from)
		}
	}()

	port := func(address net.Addr) int {
		switch a := address.(type) {
		case *net.TCPAddr:
			return a.Port
		case *net.UDPAddr:
			return a.Port
		}
		t.Fatalf("%T", address)
		return 0
	}
	cases := []struct {
		name   string
		target Target
		want   Outcome
	}{
		{"a server", Target{"127.0.0.1", port(listener.Addr()), "tcp"}, Connected},
		{"nobody", Target{"127.0.0.1", port(free.Addr()), "tcp"}, Refused},
		{"a server of UDP", Target{"127.0.0.1", port(answering.LocalAddr()), "udp"}, Connected},
		{"one that says nothing", Target{"127.0.0.1", port(silent.LocalAddr()), "udp"}, Silent},
		{"nobody on UDP", Target{"127.0.0.1", port(free.Addr()), "udp"}, Refused},
	}
	for _, one := range cases {
		results, err := All(context.Background(), []Target{one.target}, 500*time.Millisecond)
		if err != nil || len(results) != 1 || results[0].Outcome != one.want {
			t.Errorf("%s: %v %v", one.name, results, err)
		}
	}
}

func TestResultsAreInTheOrderOfTheirTargets(t *testing.T) {
	targets := make([]Target, 50)
	for index := range targets {
		targets[index] = Target{"127.0.0.1", index + 1, "tcp"}
	}
	results, err := All(context.Background(), targets, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for index, result := range results {
		if result.Target != targets[index] {
			t.Fatalf("%v at %d", result, index)
		}
	}
}

func TestWhatIsNoTargetIsSaidSo(t *testing.T) {
	for _, target := range []Target{{"localhost", 1, "tcp"}, {"127.0.0.1", 1, "sctp"}} {
		if _, err := All(context.Background(), []Target{target}, time.Second); err == nil {
			t.Errorf("%v was tried", target)
		}
	}
}
