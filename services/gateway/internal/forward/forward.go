// Package forward is the gateway's gRPC port: the services' own contracts, of which
// the exposed RPCs are passed on and all others refused with NOT_EXPOSED. It goes by
// the services' descriptors, so an RPC that is added to the REST mapping is reachable
// here without a line of code.
package forward

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/backend"
	"github.com/streamflow/streamflow/services/gateway/internal/watch"
)

// Exposed says whether clients may call an RPC of a service, both by their short names.
type Exposed func(service, rpc string) bool

// Enter returns the context of a call with who it comes from, or says why nobody may come
// in with what they show.
type Enter func(context.Context) (context.Context, error)

// Refused is told of each call that is refused here, before it comes to a connection.
type Refused func(ctx context.Context, method string, err error)

// Forwarder passes calls on to the services.
type Forwarder struct {
	descs []*grpc.ServiceDesc
}

// New makes a forwarder for every service.
// Who calls is asked, and counted, as a call arrives, before its request is read; streams are
// asked again once it is, and count as watches.
func New(services []backend.Service, exposed Exposed, arrive, enter Enter, refused Refused, watches *watch.Watches) (*Forwarder, error) {
	f := &Forwarder{}
	for _, svc := range services {
		desc, err := describe(svc, exposed, arrive, enter, refused, watches)
		if err != nil {
			return nil, fmt.Errorf("forward to %s: %w", svc.Name, err)
		}
		f.descs = append(f.descs, desc)
	}
	return f, nil
}

// Register puts the services' contracts on a server.
func (f *Forwarder) Register(r grpc.ServiceRegistrar) {
	for _, desc := range f.descs {
		r.RegisterService(desc, nil)
	}
}

// describe returns the service's description with handlers that forward or refuse.
func describe(svc backend.Service, exposed Exposed, arrive, enter Enter, refused Refused, watches *watch.Watches) (*grpc.ServiceDesc, error) {
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(svc.Desc.ServiceName))
	if err != nil {
		return nil, err
	}
	service, ok := found.(protoreflect.ServiceDescriptor)
	if !ok {
		return nil, fmt.Errorf("%s is no service", svc.Desc.ServiceName)
	}
	desc := &grpc.ServiceDesc{ServiceName: svc.Desc.ServiceName, HandlerType: (*any)(nil), Metadata: svc.Desc.Metadata}
	for i := range service.Methods().Len() {
		m, err := newMethod(svc, service.Methods().Get(i))
		if err != nil {
			return nil, err
		}
		m.watches, m.arrive, m.enter, m.refused = watches, arrive, enter, refused
		m.add(desc, exposed(string(service.Name()), m.name))
	}
	return desc, nil
}

// method is one RPC of a service.
type method struct {
	name string // as in GetRun
	full string // as in /streamflow.orchestrator.v1.OrchestratorService/GetRun
	conn grpc.ClientConnInterface
	// serverStreams is true where the answer is a stream; no request is one.
	serverStreams bool
	watches       *watch.Watches
	arrive, enter Enter
	refused       Refused
	request       protoreflect.MessageType
	response      protoreflect.MessageType
}

func newMethod(svc backend.Service, d protoreflect.MethodDescriptor) (*method, error) {
	m := &method{
		name: string(d.Name()), conn: svc.Conn, serverStreams: d.IsStreamingServer(),
		full: fmt.Sprintf("/%s/%s", svc.Desc.ServiceName, d.Name()),
	}
	if d.IsStreamingClient() {
		return nil, fmt.Errorf("%s: a stream of requests cannot be forwarded", m.full)
	}
	var err error
	if m.request, err = protoregistry.GlobalTypes.FindMessageByName(d.Input().FullName()); err != nil {
		return nil, fmt.Errorf("%s: %w", m.full, err)
	}
	if m.response, err = protoregistry.GlobalTypes.FindMessageByName(d.Output().FullName()); err != nil {
		return nil, fmt.Errorf("%s: %w", m.full, err)
	}
	return m, nil
}

func (m *method) add(desc *grpc.ServiceDesc, exposed bool) {
	if !m.serverStreams {
		h := m.unary
		if !exposed {
			h = m.refuseUnary
		}
		desc.Methods = append(desc.Methods, grpc.MethodDesc{MethodName: m.name, Handler: h})
		return
	}
	h := m.stream
	if !exposed {
		h = m.refuseStream
	}
	desc.Streams = append(desc.Streams, grpc.StreamDesc{StreamName: m.name, Handler: h, ServerStreams: true})
}

func (m *method) refusal() error {
	return problem.New(problem.NotExposed, "%s is not reachable through the gateway: it is a step of a run. Start a run, and the orchestrator calls it.", m.full[1:]).
		With("method", m.full)
}
