// Package reach tries to reach many targets at once, and says of each what became of it.
package reach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Target is a port of a host, which is an address.
type Target struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Protocol string `json:"protocol"`
}

// Outcome is what became of it.
type Outcome string

const (
	// Connected: somebody listens there, and answered.
	Connected Outcome = "connected"
	// Refused: nobody listens there, and the host said so. The packet got there.
	Refused Outcome = "refused"
	// Silent: no answer. The packet was dropped; or it is UDP, where a server that doesn't understand may say nothing.
	Silent Outcome = "silent"
	// Unreachable: somebody said that there is no such host, or no way to it.
	Unreachable Outcome = "unreachable"
)

// Result is a target and its outcome.
type Result struct {
	Target
	Outcome Outcome `json:"outcome"`
}

// atOnce is below what a process may have open.
const atOnce = 500

// All tries all targets at once, each for this long at most. The results are in the order of the targets.
func All(ctx context.Context, targets []Target, limit time.Duration) ([]Result, error) {
	results := make([]Result, len(targets))
	problems := make([]error, len(targets))
	free := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for index, target := range targets {
		all.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			outcome, err := try(ctx, target, limit)
			results[index], problems[index] = Result{target, outcome}, err
		})
	}
	all.Wait()
	return results, errors.Join(problems...)
}

func try(ctx context.Context, target Target, limit time.Duration) (Outcome, error) {
	if net.ParseIP(target.Host) == nil || (target.Protocol != "tcp" && target.Protocol != "udp") {
		return "", fmt.Errorf("%+v is no target: host is an address, protocol tcp or udp", target)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	connection, err := new(net.Dialer).DialContext(ctx, target.Protocol, net.JoinHostPort(target.Host, strconv.Itoa(target.Port)))
	if err != nil {
		return outcomeOf(err)
	}
	defer connection.Close()
	if target.Protocol == "udp" {
		err = ask(ctx, connection)
	}
	return outcomeOf(err)
}

// ask sends a question for the root's name servers: UDP has no handshake, and DNS is what clusters use it for.
func ask(ctx context.Context, connection net.Conn) error {
	question := []byte{0x2a, 0x2a, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1}
	deadline, _ := ctx.Deadline()
	if err := connection.SetDeadline(deadline); err != nil {
		return err
	}
	if _, err := connection.Write(question); err != nil {
		return err
	}
	_, err := connection.Read(make([]byte, 512))
	return err
}

func outcomeOf(err error) (Outcome, error) {
	var late interface{ Timeout() bool }
	switch {
	case err == nil:
		return Connected, nil
	// What reset the connection has received it.
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET):
		return Refused, nil
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return Unreachable, nil
	case errors.As(err, &late) && late.Timeout():
		return Silent, nil
	}
	return "", err
}
