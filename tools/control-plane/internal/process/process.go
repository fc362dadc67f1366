// Package process runs programs in the background and finds them again. A program holds a lock on its own
// file for as long as it lives, so neither a reused process id nor a kill -9 can deceive whoever looks.
package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// Process is a program that may be running. The kernel drops the lock on File when the last process that
// inherited it ends, however it ends.
type Process struct {
	// File holds the record of the process, and is the lock.
	File string
	// Log receives what the program prints. It is emptied at each launch; the log before it stays as Log.previous.
	Log string
}

// Record is what a running process says about itself.
type Record struct {
	PID int `json:"pid"`
	// Fingerprint tells what it was started with.
	Fingerprint string `json:"fingerprint"`
}

// ErrRunning says that the program was not launched because it runs already.
var ErrRunning = errors.New("it is running already")

// lookers is for how long those who look whether a process runs may hold its lock, on a busy machine.
const lookers = 2 * time.Second

// lockDescriptor is where a launched process finds its lock: after stdin, stdout and stderr.
const lockDescriptor = 3

// ExecCommand is the argument with which this program, started by Launch, becomes another one.
const ExecCommand = "exec-with-record"

// Find returns the record of the process, or nil when it is not running.
func (p Process) Find() (*Record, error) {
	file, err := os.Open(p.File)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// A process that was launched a moment ago writes its record before anything else.
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		// Others may be looking too: that is no sign of life of the process.
		free, err := tryLock(file, syscall.LOCK_SH)
		if err != nil || free {
			return nil, err
		}
		record := Record{}
		if data, err := os.ReadFile(p.File); err == nil && json.Unmarshal(data, &record) == nil && record.PID > 0 {
			return &record, nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("a process holds %s without having written its process id there", p.File)
		}
	}
}

// Launch starts the program in a session of its own, where the terminal's Ctrl-C doesn't reach it. The channel
// receives its end, if it ends while this process looks on.
func (p Process) Launch(fingerprint string, program string, args, environment []string) (<-chan error, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(p.File, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	if err := takeLock(lock); err != nil {
		return nil, err
	}
	log, err := p.NewLog()
	if err != nil {
		return nil, err
	}
	defer log.Close()
	// The record of the last process goes before the new one can be found.
	if err := lock.Truncate(0); err != nil {
		return nil, err
	}
	command := exec.Command(self, append([]string{ExecCommand, fingerprint, program}, args...)...)
	command.Env = environment
	command.Stdout, command.Stderr = log, log
	command.ExtraFiles = []*os.File{lock}
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	return ended, nil
}

// takeLock is patient with those who look whether the process runs: they hold the lock for a moment, and so does a
// program that is being launched by the same process at the same time, until it closes what it inherits.
func takeLock(lock *os.File) error {
	for deadline := time.Now().Add(lookers); ; time.Sleep(5 * time.Millisecond) {
		free, err := tryLock(lock, syscall.LOCK_EX)
		if err != nil || free {
			return err
		}
		if time.Now().After(deadline) {
			return ErrRunning
		}
	}
}

// Become writes the record into the inherited lock and turns into the program, which goes on holding the lock.
// Whoever launched it may die at any moment: the process is on record before the program runs.
func Become(args []string) error {
	if len(args) < 2 {
		return errors.New("this command is for the control plane itself")
	}
	fingerprint, argv := args[0], args[1:]
	data, err := json.Marshal(Record{PID: os.Getpid(), Fingerprint: fingerprint})
	if err != nil {
		return err
	}
	lock := os.NewFile(lockDescriptor, "lock")
	// Were it collected, it would be closed.
	defer runtime.KeepAlive(lock)
	if _, err := lock.WriteAt(data, 0); err != nil {
		return err
	}
	if err := keepOnly(lockDescriptor); err != nil {
		return err
	}
	return syscall.Exec(argv[0], argv, os.Environ())
}

// KeepLockToOneself is for a process that was launched and starts others, which may outlive it: the lock is its alone.
func KeepLockToOneself() { syscall.CloseOnExec(lockDescriptor) }

// keepOnly lets the next program inherit nothing beyond this descriptor. What the shell of whoever said `start` had
// open, such as a lock of its own or the end of a pipe, would otherwise stay open for as long as the program lives.
func keepOnly(last int) error {
	open, err := os.ReadDir("/dev/fd")
	if err != nil {
		return err
	}
	for _, entry := range open {
		if descriptor, err := strconv.Atoi(entry.Name()); err == nil && descriptor > last {
			syscall.CloseOnExec(descriptor)
		}
	}
	return nil
}

// Stop ends the process and waits until it is gone: politely at first, by force when the patience is over.
func (p Process) Stop(patience time.Duration) error {
	for _, attempt := range []struct {
		signal   syscall.Signal
		patience time.Duration
	}{{syscall.SIGTERM, patience}, {syscall.SIGKILL, 10 * time.Second}} {
		if err := p.signal(attempt.signal); err != nil {
			return err
		}
		for deadline := time.Now().Add(attempt.patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if record, err := p.Find(); err != nil || record == nil {
				return err
			}
		}
	}
	return fmt.Errorf("the process on record in %s does not end", p.File)
}

// signal opens the process before it makes sure that it still holds its lock; on Linux the handle means that
// process and no later one with the same id.
func (p Process) signal(signal syscall.Signal) error {
	record, err := p.Find()
	if err != nil || record == nil {
		return err
	}
	handle, err := os.FindProcess(record.PID)
	if err != nil {
		return err
	}
	defer handle.Release()
	if again, err := p.Find(); err != nil || again == nil || again.PID != record.PID {
		return err
	}
	if err := handle.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// LogTail returns the last lines of the log.
func (p Process) LogTail(lines int) string {
	const enough = 64 << 10
	file, err := os.Open(p.Log)
	if err != nil {
		return ""
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > enough {
		_, _ = file.Seek(-enough, io.SeekEnd)
	}
	data, _ := io.ReadAll(file)
	return lastLines(string(data), lines)
}

// NewLog begins a new log, and keeps one earlier one. Appending makes it safe for anyone to empty the file.
func (p Process) NewLog() (*os.File, error) {
	if err := os.Rename(p.Log, p.Log+".previous"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(p.Log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
}

// Usage is what the operating system says about a running process.
type Usage struct {
	// Elapsed is the time since its start, as ps writes it.
	Elapsed string
	// Memory is the resident set in MiB.
	Memory int
}

// UsageOf asks ps, which Linux and macOS share.
func UsageOf(pid int) Usage {
	output, err := exec.Command("ps", "-o", "etime=,rss=", "-p", strconv.Itoa(pid)).Output()
	var usage Usage
	var kilobytes int
	if err == nil {
		_, _ = fmt.Sscan(string(output), &usage.Elapsed, &kilobytes)
	}
	usage.Memory = kilobytes / 1024
	return usage
}
