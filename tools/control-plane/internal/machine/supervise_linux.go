// The supervisor: it keeps the machine's daemons running, and says how they are.
package machine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"mlops-platform/control-plane/internal/process"
)

// socket is where the supervisor answers; the host finds it through the file system of the first process.
const socket = "/run/machine.sock"

const (
	// A daemon that ends again and again is started after longer and longer pauses.
	firstPause, lastPause = 200 * time.Millisecond, 5 * time.Second
	// calm is for how long it has to run for the pauses to be short again.
	calm = 10 * time.Second
	// silence is for how long it may run without being ready before it is ended and started again.
	silence = time.Minute
)

// keeper keeps one daemon running.
type keeper struct {
	Daemon
	mutex   sync.Mutex
	state   State
	process *os.Process
}

// Supervise is done when it was told to end, and the daemons have ended.
func Supervise(path string) error {
	spec, err := read(path)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var keepers []*keeper
	for _, daemon := range spec.Daemons {
		keepers = append(keepers, &keeper{Daemon: daemon, state: State{Name: daemon.Name}})
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	go serve(listener, keepers)
	var running sync.WaitGroup
	for _, k := range keepers {
		running.Go(func() { k.keep(ctx, keepers) })
		go k.watch(ctx)
	}
	<-ctx.Done()
	for _, k := range slices.Backward(keepers) {
		k.end()
	}
	running.Wait()
	return nil
}

func serve(listener net.Listener, keepers []*keeper) {
	handler := func(response http.ResponseWriter, request *http.Request) {
		states := make([]State, len(keepers))
		var all sync.WaitGroup
		for i, k := range keepers {
			all.Go(func() { states[i] = k.now(request.Context()) })
		}
		all.Wait()
		_ = json.NewEncoder(response).Encode(states)
	}
	err := http.Serve(listener, http.HandlerFunc(handler))
	fmt.Fprintln(os.Stderr, "the supervisor answers no more:", err)
}

func (k *keeper) now(ctx context.Context) State {
	k.mutex.Lock()
	state := k.state
	k.mutex.Unlock()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	state.Ready = state.PID > 0 && k.Health.check(ctx) == nil
	return state
}

// keep starts the daemon, and again when it has ended, until the machine ends.
func (k *keeper) keep(ctx context.Context, all []*keeper) {
	if at := slices.IndexFunc(all, func(other *keeper) bool { return other.Name == k.Needs }); at >= 0 {
		for !all[at].now(ctx).Ready {
			if !sleep(ctx, 50*time.Millisecond) {
				return
			}
		}
	}
	for pause := firstPause; ctx.Err() == nil; {
		began := time.Now()
		err := k.runOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		fmt.Fprintf(os.Stderr, "%s %s has ended: %v\n", time.Now().UTC().Format(time.RFC3339), k.Name, err)
		if time.Since(began) > calm {
			pause = firstPause
		}
		sleep(ctx, pause)
		pause = min(2*pause, lastPause)
	}
}

func (k *keeper) runOnce(ctx context.Context) (end error) {
	log, err := process.Process{Log: k.Log}.NewLog()
	if err != nil {
		return err
	}
	defer log.Close()
	command := exec.Command(k.Program, k.Args...)
	command.Env, command.Dir = k.Environment, "/"
	command.Stdout, command.Stderr = log, log
	// A group of its own: a signal for one daemon is for no other.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	k.mutex.Lock()
	if ctx.Err() != nil {
		k.mutex.Unlock()
		return ctx.Err()
	}
	if end = command.Start(); end == nil {
		k.process, k.state.PID = command.Process, command.Process.Pid
	}
	k.mutex.Unlock()
	if end == nil {
		end = command.Wait()
	}
	if end == nil {
		end = errors.New("exit status 0")
	}
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.process, k.state.PID = nil, 0
	k.state.Ends++
	k.state.End = end.Error()
	return end
}

// watch ends the daemon when it runs and is not ready for too long: it may hang.
func (k *keeper) watch(ctx context.Context) {
	last := time.Now()
	pid := 0
	for sleep(ctx, silence/12) {
		state := k.now(ctx)
		if state.Ready || state.PID != pid {
			last, pid = time.Now(), state.PID
		}
		if state.PID > 0 && time.Since(last) > silence {
			fmt.Fprintf(os.Stderr, "%s %s does not answer\n", time.Now().UTC().Format(time.RFC3339), k.Name)
			k.signal(syscall.SIGKILL)
			last = time.Now()
		}
	}
}

// end is polite at first.
func (k *keeper) end() {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		k.signal(signal)
		for deadline := time.Now().Add(daemonPatience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			k.mutex.Lock()
			gone := k.process == nil
			k.mutex.Unlock()
			if gone {
				return
			}
		}
	}
}

func (k *keeper) signal(signal syscall.Signal) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.process != nil {
		_ = k.process.Signal(signal)
	}
}

// sleep tells whether there is a reason to go on.
func sleep(ctx context.Context, pause time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
}
