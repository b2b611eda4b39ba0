package grpcserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/buildinfo"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// RequestIDKey is the metadata key under which a caller names its request.
const RequestIDKey = "x-request-id"

// plainID is what a caller may call its request: short, and nothing that could forge a
// line of a log or a header.
var plainID = regexp.MustCompile(`^[A-Za-z0-9._:/+=@-]{1,128}$`)

// PlainID says whether a request may go by an id that its caller gave.
func PlainID(id string) bool { return plainID.MatchString(id) }

// internalMethods begins the names of gRPC's own services: health and reflection.
const internalMethods = "/grpc."

// versionHeader names the version that answers.
var versionHeader = metadata.Pairs(buildinfo.Header, buildinfo.Read().String())

type interceptors struct {
	log       *slog.Logger
	validator protovalidate.Validator
	gate      *gate
}

func (i interceptors) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (resp any, err error) {
	begun := time.Now()
	_ = grpc.SetHeader(ctx, versionHeader) // fails only after an answer has begun
	ctx = i.annotate(ctx, req)
	defer func() {
		err = i.done(ctx, info.FullMethod, begun, recovered(recover(), err))
	}()
	if err := i.gate.check(ctx, info.FullMethod); err != nil {
		return nil, err
	}
	if err := i.validate(req); err != nil {
		return nil, err
	}
	return next(ctx, req)
}

func (i interceptors) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	begun := time.Now()
	_ = ss.SetHeader(versionHeader)
	w := &checkedStream{ServerStream: ss, ctx: i.annotate(ss.Context(), nil), chain: i, call: beginCall(ss.Context())}
	defer w.call.end()
	defer func() {
		err = i.done(w.ctx, info.FullMethod, begun, recovered(recover(), err))
	}()
	if err := i.gate.check(w.ctx, info.FullMethod); err != nil {
		return err
	}
	return next(srv, w)
}

// checkedStream checks each message that a client sends.
type checkedStream struct {
	grpc.ServerStream
	ctx   context.Context
	chain interceptors
	// call holds room until the request was received: answers may go on for hours.
	call *call
}

// Context carries the attributes of the request that was received last.
func (s *checkedStream) Context() context.Context { return s.ctx }

// RecvMsg receives into m and holds it to the rules of its fields; what breaks them is
// INVALID_REQUEST, and the handler never sees it.
func (s *checkedStream) RecvMsg(m any) error {
	if err := s.receive(m); err != nil {
		return err
	}
	s.ctx = runAttr(s.ctx, m)
	return s.chain.validate(m)
}

func (s *checkedStream) receive(m any) error {
	into, ok := m.(proto.Message)
	if !ok {
		return s.ServerStream.RecvMsg(m)
	}
	defer s.call.end()
	return s.call.read(s.ServerStream.RecvMsg, into)
}

func (i interceptors) validate(req any) error {
	m, ok := req.(proto.Message)
	if !ok {
		return nil
	}
	err := i.validator.Validate(m)
	var invalid *protovalidate.ValidationError
	if !errors.As(err, &invalid) {
		return err
	}
	p := problem.New(problem.InvalidRequest, "")
	var said []string
	for _, v := range invalid.Violations {
		p = p.Violate(field(v), "%s", broken(v))
		said = append(said, field(v)+": "+broken(v))
	}
	p.Message = "the request breaks a declared rule: " + strings.Join(said, "; ")
	return p
}

// annotate gives the log of a call its request id, made up where the caller named
// none, and the run that it is part of.
func (i interceptors) annotate(ctx context.Context, req any) context.Context {
	id := ""
	if md, ok := metadata.FromIncomingContext(ctx); ok {
		if v := md.Get(RequestIDKey); len(v) > 0 && PlainID(v[0]) {
			id = v[0]
		}
	}
	if id == "" {
		id = ident.New(ident.Request)
	}
	ctx = telemetry.With(ctx, slog.String("request", id))
	return runAttr(metadata.AppendToOutgoingContext(ctx, RequestIDKey, id), req)
}

func runAttr(ctx context.Context, req any) context.Context {
	type ofRun interface{ GetContext() *stepv1.StepContext }
	type namesRun interface{ GetRun() string }
	switch r := req.(type) {
	case ofRun:
		return telemetry.With(ctx, slog.String("run", r.GetContext().GetRun()))
	case namesRun:
		return telemetry.With(ctx, slog.String("run", r.GetRun()))
	}
	return ctx
}

func recovered(panicked any, err error) error {
	if panicked == nil {
		return err
	}
	return fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
}

// done gives an error its reason and logs the call.
func (i interceptors) done(ctx context.Context, method string, begun time.Time, err error) error {
	err = withReason(ctx, err)
	code := status.Code(err)
	level := slog.LevelInfo
	if strings.HasPrefix(method, internalMethods) {
		level = slog.LevelDebug
	}
	attrs := []slog.Attr{
		slog.String("method", method), slog.String("code", code.String()),
		slog.Duration("took", time.Since(begun)),
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
		// What the caller is not told, such as the address of the database.
		if cause := errors.Unwrap(err); cause != nil && !strings.Contains(err.Error(), cause.Error()) {
			attrs = append(attrs, slog.String("cause", cause.Error()))
		}
		if code == codes.Internal || code == codes.Unknown {
			level = slog.LevelError
		}
	}
	i.log.LogAttrs(ctx, level, "call", attrs...)
	return err
}

func withReason(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	err = postgres.Problem(err)
	var own *problem.Error
	if errors.As(err, &own) {
		return own
	}
	if _, ok := status.FromError(err); ok {
		return err
	}
	if ctx.Err() != nil {
		return status.FromContextError(ctx.Err()).Err()
	}
	return problem.Wrap(err, problem.Internal, "%v", err)
}
