package daemon

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/streamflow/streamflow/platform/buildinfo"
	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/telemetry"
)

// Main is the main function of a service: `serve` (the default) runs it until
// SIGINT or SIGTERM, `migrate` brings its schema up to date as the owner, `health` asks
// the one that runs on this machine whether it is ready, `version` prints what it was
// built from. A stop that takes longer than its limit ends hard. It returns the exit code: 0 for success and for help, 1 for a failure, 2
// for wrong usage.
func Main(spec Spec) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if code, own := ownCommand(ctx, spec, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr); own {
		return code
	}
	return command(ctx, spec, os.Args[1:], nil, output(os.Args[1:]), os.Exit)
}

// output is where a command writes: a version, which is what was asked for, to the
// standard output, so that scripts can read it; the log, and what went wrong, to the
// standard error.
func output(args []string) *os.File {
	if len(args) > 0 && args[0] == "version" {
		return os.Stdout
	}
	return os.Stderr
}

// Command is Main with everything that it takes from the process given, and never ends
// the process.
func Command(ctx context.Context, spec Spec, args []string, env func(string) (string, bool), stderr io.Writer) int {
	return command(ctx, spec, args, env, stderr, func(int) {})
}

func command(ctx context.Context, spec Spec, args []string, env func(string) (string, bool), stderr io.Writer, exit func(code int)) int {
	verb := "serve"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		verb, args = args[0], args[1:]
	}
	program := spec.Name + "d"
	if verb == "version" {
		_, _ = fmt.Fprintln(stderr, program+" "+buildinfo.Read().String())
		return 0
	}
	var run func(context.Context, *settings) error
	switch {
	case verb == "serve":
		run = func(ctx context.Context, s *settings) error {
			limitMemory(s.log)
			defer endHard(ctx, s.drain, s.log, exit)()
			return Run(ctx, spec, s.config())
		}
	case verb == "health":
		run = func(ctx context.Context, s *settings) error {
			return Health(ctx, s.listen, s.about(), s.overTLS())
		}
	case verb == "migrate" && spec.Migrations != nil:
		run = func(ctx context.Context, s *settings) error { return Migrate(ctx, spec, s.migrate()) }
	case verb == "roles" && spec.Migrations != nil:
		run = func(ctx context.Context, s *settings) error { return Roles(ctx, spec, s.migrate()) }
	default:
		_, _ = fmt.Fprintf(stderr, "%s: unknown command %q: want %s\n", program, verb, strings.Join(verbs(spec), ", "))
		return 2
	}
	s, err := read(spec, program, verb, args, env, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "%s %s: %v\n", program, verb, err)
		return 2
	}
	if err := run(ctx, s); err != nil {
		s.log.Error("failed", "error", err)
		return 1
	}
	return 0
}

// verbs are the commands of a service.
func verbs(spec Spec) []string {
	all := []string{"serve", "migrate", "roles", "health", "version"}
	if spec.Migrations == nil {
		all = []string{"serve", "health", "version"}
	}
	return append(all, slices.Sorted(maps.Keys(spec.Commands))...)
}

func read(spec Spec, program, verb string, args []string, env func(string) (string, bool), stderr io.Writer) (*settings, error) {
	set := config.New(program+" "+verb, stderr, env)
	set.Lead("Usage: %s [%s] [settings]\n\nWithout a command it serves. Settings of %q, as flags or in the environment:\n",
		program, strings.Join(verbs(spec), "|"), verb)
	s := &settings{listen: spec.Listen, drain: grpcserver.DefaultDrain, logFormat: telemetry.FormatJSON, logLevel: "info", dataSchemas: []string{"public"}}
	s.declare(set, spec, verb)
	rest, err := set.Parse(args)
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("unexpected argument %q", rest[0])
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	s.log, err = telemetry.NewLogger(stderr, s.logFormat, s.logLevel, spec.Name)
	return s, err
}
