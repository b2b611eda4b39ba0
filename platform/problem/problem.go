// Package problem is the one way in which StreamFlow says that something failed:
// an error with a reason out of one registry, a sentence that says what was
// expected, what was found, where, and what to do, and the violations in detail.
// An *Error is a gRPC status by itself; FromError reads one back on the other side.
package problem

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
)

// Domain is the ErrorInfo domain of every error.
const Domain = "streamflow"

// Violation is one thing that is wrong: where, and what.
type Violation struct {
	// Subject is where: a field of the request, a table, a column, a file.
	Subject string
	// Description is what was expected and what was found.
	Description string
}

// Error is a failure with a reason of the registry.
type Error struct {
	Reason     Reason
	Message    string
	Metadata   map[string]string
	Violations []Violation
	// Advice is what to do, where that is another thing than what the registry says of
	// the reason; empty where it is not.
	Advice string
	cause  error
}

// New makes an error of a reason. The message says what was expected, what was
// found, where, and what to do.
func New(r Reason, format string, args ...any) *Error {
	return &Error{Reason: r, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes an error of a reason out of a cause, which Unwrap returns.
func Wrap(cause error, r Reason, format string, args ...any) *Error {
	e := New(r, format, args...)
	e.cause = cause
	return e
}

// With adds a piece of metadata, such as the table or the run.
func (e *Error) With(key, value string) *Error {
	if e.Metadata == nil {
		e.Metadata = map[string]string{}
	}
	e.Metadata[key] = value
	return e
}

// Violate adds a violation.
func (e *Error) Violate(subject, format string, args ...any) *Error {
	e.Violations = append(e.Violations, Violation{subject, fmt.Sprintf(format, args...)})
	return e
}

// Advise says what to do here, instead of what the registry says of the reason.
func (e *Error) Advise(format string, args ...any) *Error {
	e.Advice = fmt.Sprintf(format, args...)
	return e
}

// unnamed is what to do about a request that is wrong in no field of its own.
const unnamed = "Correct what the message says, and send the request again."

// Action is what to do: the error's own advice, otherwise that of its reason.
func (e *Error) Action() string {
	if e.Reason == InvalidRequest && len(e.Violations) == 0 {
		return cmp.Or(e.Advice, unnamed)
	}
	return cmp.Or(e.Advice, Lookup(e.Reason).Do)
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause, if there is one.
func (e *Error) Unwrap() error { return e.cause }

// GRPCStatus makes the error a gRPC status, with ErrorInfo and the violations as
// BadRequest (for a bad argument) or PreconditionFailure.
func (e *Error) GRPCStatus() *status.Status {
	entry := Lookup(e.Reason)
	st := status.New(entry.Code, e.Message)
	details := []protoadapt.MessageV1{
		&errdetails.ErrorInfo{Reason: string(e.Reason), Domain: Domain, Metadata: e.sent()},
	}
	if len(e.Violations) > 0 {
		details = append(details, e.violationDetail(entry.Code))
	}
	with, err := st.WithDetails(details...)
	if err != nil { // only an OK status cannot carry details
		return st
	}
	return with
}

// adviceKey is where an error's own advice travels: no detail of gRPC has a place for it.
const adviceKey = "advice"

// sent is the metadata as it travels, with the advice.
func (e *Error) sent() map[string]string {
	if e.Advice == "" {
		return e.Metadata
	}
	with := maps.Clone(e.Metadata)
	if with == nil {
		with = map[string]string{}
	}
	with[adviceKey] = e.Advice
	return with
}

func (e *Error) violationDetail(code codes.Code) protoadapt.MessageV1 {
	if code == codes.InvalidArgument {
		d := &errdetails.BadRequest{}
		for _, v := range e.Violations {
			d.FieldViolations = append(d.FieldViolations, &errdetails.BadRequest_FieldViolation{
				Field: v.Subject, Description: v.Description,
			})
		}
		return d
	}
	d := &errdetails.PreconditionFailure{}
	for _, v := range e.Violations {
		d.Violations = append(d.Violations, &errdetails.PreconditionFailure_Violation{
			Type: string(e.Reason), Subject: v.Subject, Description: v.Description,
		})
	}
	return d
}

// FromError reads the error that a call returned. An error without a reason gets
// the one that its gRPC code stands for; nil stays nil.
func FromError(err error) *Error {
	if err == nil {
		return nil
	}
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	st, _ := status.FromError(err)
	if isTooLarge(st) {
		return Wrap(err, MessageTooLarge, "expected a request and an answer that fit into one message, found one that does not: %s; ask for less at once, or declare fewer tables in one dataset", st.Message())
	}
	e := &Error{Reason: reasonOf(st.Code()), Message: st.Message(), cause: err}
	for _, d := range st.Details() {
		e.read(d)
	}
	return e
}

func (e *Error) read(detail any) {
	switch d := detail.(type) {
	case *errdetails.ErrorInfo:
		if d.GetDomain() == Domain {
			e.Reason, e.Metadata, e.Advice = Reason(d.GetReason()), maps.Clone(d.GetMetadata()), d.GetMetadata()[adviceKey]
			delete(e.Metadata, adviceKey)
			if len(e.Metadata) == 0 {
				e.Metadata = nil
			}
		}
	case *errdetails.BadRequest:
		for _, v := range d.GetFieldViolations() {
			e.Violations = append(e.Violations, Violation{v.GetField(), v.GetDescription()})
		}
	case *errdetails.PreconditionFailure:
		for _, v := range d.GetViolations() {
			e.Violations = append(e.Violations, Violation{v.GetSubject(), v.GetDescription()})
		}
	}
}

// isTooLarge says whether grpc-go refused a message for its size, on either side. It
// has one code for that and for a server that is overloaded, which passes; its words
// tell them apart. A service's own error has details, and its reason among them.
func isTooLarge(st *status.Status) bool {
	return st.Code() == codes.ResourceExhausted && len(st.Details()) == 0 &&
		strings.Contains(st.Message(), "larger than max")
}

func reasonOf(code codes.Code) Reason {
	switch code {
	case codes.InvalidArgument:
		return InvalidRequest
	case codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted:
		return ServiceUnavailable
	case codes.PermissionDenied:
		return NotExposed
	case codes.Canceled:
		return RunCancelled
	default:
		return Internal
	}
}

// Is says whether err carries the reason, on either side of a connection.
func Is(err error, r Reason) bool {
	return err != nil && FromError(err).Reason == r
}

// Transient says whether the fault may pass, so that the same call is worth
// another try. Verdicts on data and on requests are not.
func Transient(err error) bool {
	if err == nil {
		return false
	}
	switch FromError(err).Reason {
	case DatabaseUnavailable, DatabaseFull, ServiceUnavailable:
		return true
	default:
		return false
	}
}
