//go:build !linux

// Other systems: there is no machine, and everything says so.
package machine

import "context"

// Running is a machine that runs: never here.
type Running struct{}

// ErrNotUp says that there is no machine.
var ErrNotUp = errNoLinux

func Check() error                                       { return errNoLinux }
func CheckInside() error                                 { return errNoLinux }
func Host(string) error                                  { return errNoLinux }
func Init(string) error                                  { return errNoLinux }
func Supervise(string) error                             { return errNoLinux }
func Enter(string, []string) error                       { return errNoLinux }
func RemoveCgroups(string) error                         { return errNoLinux }
func HostPID(string, int) int                            { return 0 }
func Find(string, int) (*Running, error)                 { return nil, errNoLinux }
func (*Running) Path(string) string                      { return "" }
func (*Running) Network() string                         { return "" }
func (*Running) States(context.Context) ([]State, error) { return nil, errNoLinux }
