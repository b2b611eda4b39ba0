// Package exit turns the end of a command into an exit code, and an error into words
// for people or an object for programs. The codes are the ones that the registry of
// reasons gives; docs/reference/errors.md lists them.
package exit

import (
	"context"
	"errors"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/problem"
)

// Reasons of sfctl's own, for ends that no service speaks of.
const (
	// Usage is a command line that cannot be understood.
	Usage = "USAGE"
	// Interrupted is a command that the user stopped.
	Interrupted = "INTERRUPTED"
)

// Failure is an error that knows its exit code and what to do about it.
type Failure struct {
	// Code is the exit code.
	Code int
	// Reason is one of the registry, or one of sfctl's own.
	Reason string
	// Message says what failed.
	Message string
	// Action says what to do; empty where the message says it.
	Action string
	// Violations are the details: where, and what.
	Violations []problem.Violation
	cause      error
}

// Error returns the message.
func (f *Failure) Error() string { return f.Message }

// Unwrap returns the cause, if there is one.
func (f *Failure) Unwrap() error { return f.cause }

// BadUsage is the failure of a command line that cannot be understood.
func BadUsage(cause error) *Failure {
	return &Failure{Code: problem.ExitUsage, Reason: Usage, Message: cause.Error(), cause: cause}
}

// Of reads how a command ended from its error. server is the address that was
// called, for the words where nothing answers there.
func Of(err error, server string) *Failure {
	var own *Failure
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own
	case unsendable(err):
		f := BadUsage(errors.New("an argument or a setting of the environment is not valid UTF-8 text, and nothing else can be sent"))
		f.Action = "Rename the folder, or write it so."
		return f
	case webServer(err):
		return somethingElse(&Failure{Code: problem.ExitUnavailable, Reason: string(problem.ServiceUnavailable), cause: err}, server)
	case Unreachable(err):
		return unreachable(err, server)
	case errors.Is(err, context.Canceled) || status.Code(err) == codes.Canceled && !hasReason(err):
		return &Failure{Code: problem.ExitInterrupted, Reason: Interrupted, Message: "interrupted", cause: err}
	case status.Code(err) == codes.Unauthenticated && !hasReason(err):
		return &Failure{Code: problem.ExitDenied, Reason: string(problem.Unauthenticated), Message: status.Convert(innermost(err)).Message(), cause: err}
	}
	return fromProblem(err)
}

func fromProblem(err error) *Failure {
	p := problem.FromError(innermost(err))
	entry := problem.Lookup(p.Reason)
	f := &Failure{Code: entry.Exit, Reason: string(p.Reason), Message: p.Message, Violations: p.Violations, cause: err}
	if p.Reason != problem.Internal {
		f.Action = p.Action()
	} else if _, isStatus := status.FromError(err); !isStatus {
		f.Message = err.Error() // an error of this machine, such as a file that cannot be read
	}
	f.Message, f.Action = printer.Flags(f.Message), printer.Flags(f.Action)
	f.Violations = slices.Clone(f.Violations)
	for i, v := range f.Violations {
		f.Violations[i].Description = printer.Flags(v.Description)
	}
	if f.Code == problem.ExitOK { // a notice of the registry is no reason to fail
		f.Code = problem.ExitUnexpected
	}
	return f
}

// innermost returns the status that a service answered with, without the words that
// were put around it on the way: the message is the service's own.
func innermost(err error) error {
	var own *problem.Error
	var st interface{ GRPCStatus() *status.Status }
	if !errors.As(err, &own) && errors.As(err, &st) {
		return st.GRPCStatus().Err()
	}
	return err
}

// unsendable says that a request holds text that no message carries. The library
// finds it as it encodes, and has no code of its own for it.
func unsendable(err error) bool {
	return status.Code(err) == codes.Internal && !hasReason(err) && strings.Contains(err.Error(), "invalid UTF-8")
}

// Unreachable says that a call reached no server, or lost it: the fault is on the
// way, and not what a service answered.
func Unreachable(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded:
		return !hasReason(err)
	default:
		return errors.Is(err, context.DeadlineExceeded)
	}
}

func unreachable(err error, server string) *Failure {
	f := &Failure{Code: problem.ExitUnavailable, Reason: string(problem.ServiceUnavailable), cause: err}
	if status.Code(err) != codes.Unavailable {
		f.Message = "no answer from " + server + " in time"
		f.Action = "Try again; look at the service's log if it lasts."
		return f
	}
	said := status.Convert(innermost(err)).Message()
	if nowhere(said) {
		f.Message = "cannot reach " + server + ": no address is known of this host"
		f.Action = "Is the name right? Give the gateway's address with --server or SFCTL_SERVER."
		return f
	}
	if overTLS(f, said, server) {
		return f
	}
	if strings.Contains(said, "HTTP/1") || strings.Contains(said, "frame too large") {
		return somethingElse(f, server)
	}
	f.Message = "nothing answers at " + server + " (" + dialCause(said) + ")"
	f.Action = "Is it running? Start the suite on this machine with: sfctl dev. Elsewhere, give its address with --server or SFCTL_SERVER."
	return f
}

// somethingElse is the failure of a call that no gRPC server answered.
func somethingElse(f *Failure, server string) *Failure {
	f.Message = "something else than the gateway's gRPC port answers at " + server
	f.Action = "Is it the REST port? Give the address that sfctl dev calls \"server\" with --server or SFCTL_SERVER."
	return f
}

// nowhere says that a name resolved to no address: gRPC then has nothing to choose from,
// and says that.
func nowhere(said string) bool {
	return strings.Contains(said, "no children to pick from") || strings.Contains(said, "produced zero addresses") ||
		strings.Contains(said, "no such host")
}

// webServer says that HTTP/2 was spoken, and gRPC was not: a proxy or a web server.
func webServer(err error) bool {
	said := status.Convert(innermost(err)).Message()
	return !hasReason(err) && (strings.Contains(said, "unexpected HTTP status code received from server") ||
		strings.Contains(said, "invalid content-type") || strings.Contains(said, "missing HTTP content-type"))
}

// dialCause cuts gRPC's layers off a connection error: what is left is what the
// system said.
func dialCause(message string) string {
	if i := strings.LastIndex(message, ": "); i >= 0 {
		message = message[i+2:]
	}
	return strings.Trim(message, `"`)
}

// hasReason says whether a StreamFlow service gave the error its reason.
func hasReason(err error) bool {
	var own *problem.Error
	if errors.As(err, &own) {
		return true
	}
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok && info.GetDomain() == problem.Domain {
			return true
		}
	}
	return false
}

// TimedOut says that a call had no answer in time: whether it took effect is not known.
func TimedOut(err error) bool {
	return err != nil && !hasReason(err) &&
		(status.Code(err) == codes.DeadlineExceeded || errors.Is(err, context.DeadlineExceeded))
}
