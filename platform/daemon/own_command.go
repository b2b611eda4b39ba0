package daemon

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
)

// OwnCommand is a command that one service alone has. It gets the arguments after its name;
// its result goes to out, and everything else to stderr.
type OwnCommand func(ctx context.Context, args []string, env func(string) (string, bool), out, stderr io.Writer) error

// ErrUsage is within the error of a command line that cannot be understood.
var ErrUsage = errors.New("wrong usage")

// ownCommand runs a command of the service's own, and returns its exit code; own is false
// where the arguments name none.
func ownCommand(ctx context.Context, spec Spec, args []string, env func(string) (string, bool), out, stderr io.Writer) (code int, own bool) {
	if len(args) == 0 {
		return 0, false
	}
	run, own := spec.Commands[args[0]]
	if !own {
		return 0, false
	}
	err := run(ctx, args[1:], env, out, stderr)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0, true
	}
	_, _ = fmt.Fprintf(stderr, "%sd %s: %v\n", spec.Name, args[0], err) // nobody left to tell
	if errors.Is(err, ErrUsage) {
		return 2, true
	}
	return 1, true
}
