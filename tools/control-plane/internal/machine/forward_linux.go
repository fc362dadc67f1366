// Ways in: connections from the host into the machine's network. There is none in the other direction.
package machine

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// forward hands on each connection until the listener is closed.
func forward(listener net.Listener, network, to string) {
	for {
		outside, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "forwarding:", err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go func() {
			defer outside.Close()
			inside, err := dialIn(network, to)
			if err != nil {
				return
			}
			defer inside.Close()
			join(outside, inside)
		}()
	}
}

// join copies both ways until both have said all.
func join(one, other net.Conn) {
	var both sync.WaitGroup
	for _, pair := range [][2]net.Conn{{one, other}, {other, one}} {
		both.Go(func() {
			_, _ = io.Copy(pair[0], pair[1])
			if half, ok := pair[0].(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite()
			}
		})
	}
	both.Wait()
}

// dialIn connects from within a network namespace. A socket belongs to the namespace in which it was made.
func dialIn(network, address string) (net.Conn, error) {
	type result struct {
		connection net.Conn
		err        error
	}
	results := make(chan result)
	go func() {
		// The thread is never unlocked: it ends with this function, and no other code runs in that namespace.
		runtime.LockOSThread()
		if err := enterNetwork(network); err != nil {
			results <- result{nil, err}
			return
		}
		connection, err := net.DialTimeout("tcp", address, 10*time.Second)
		results <- result{connection, err}
	}()
	r := <-results
	return r.connection, r.err
}

// enterNetwork moves the current thread, which has to be locked.
func enterNetwork(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("entering %s: %w", path, err)
	}
	return nil
}
