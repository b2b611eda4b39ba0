package grpcserver

import (
	"encoding/json"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// contracts begins the names of the services of the suite.
const contracts = "streamflow."

// reads begin the names of RPCs that change nothing, and may be sent again without a
// thought: a rollout, or a load balancer that closes a connection, is not the caller's
// business. A change is sent again by whoever knows its key.
var reads = []string{"Get", "List"}

// serviceConfig is what every client is told: calls take turns among all addresses that
// a name resolves to (gRPC alone sends them all to the first one), and reads that met a
// connection that broke are sent again, three times within a second
// (https://github.com/grpc/grpc/blob/master/doc/service_config.md).
func serviceConfig() string {
	type name struct {
		Service string `json:"service"`
		Method  string `json:"method"`
	}
	type policy struct {
		MaxAttempts          int      `json:"maxAttempts"`
		InitialBackoff       string   `json:"initialBackoff"`
		MaxBackoff           string   `json:"maxBackoff"`
		BackoffMultiplier    float64  `json:"backoffMultiplier"`
		RetryableStatusCodes []string `json:"retryableStatusCodes"`
	}
	type method struct {
		Name        []name `json:"name"`
		RetryPolicy policy `json:"retryPolicy"`
	}
	read := method{RetryPolicy: policy{
		MaxAttempts: 4, InitialBackoff: "0.1s", MaxBackoff: "0.5s", BackoffMultiplier: 2, RetryableStatusCodes: []string{"UNAVAILABLE"},
	}}
	for _, m := range methodsThatRead() {
		read.Name = append(read.Name, name{string(m.Parent().FullName()), string(m.Name())})
	}
	config := map[string]any{"loadBalancingConfig": []any{map[string]any{"round_robin": map[string]any{}}}}
	if len(read.Name) > 0 {
		config["methodConfig"] = []method{read}
	}
	text, err := json.Marshal(config)
	if err != nil {
		return "{}" // strings and numbers always marshal
	}
	return string(text)
}

// methodsThatRead are the unary RPCs of the suite's contracts, as far as this program
// has them, that change nothing.
func methodsThatRead() []protoreflect.MethodDescriptor {
	var all []protoreflect.MethodDescriptor
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(f.Package()), contracts) {
			return true
		}
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				if m := methods.Get(j); readsOnly(m) {
					all = append(all, m)
				}
			}
		}
		return true
	})
	return all
}

func readsOnly(m protoreflect.MethodDescriptor) bool {
	if m.IsStreamingClient() || m.IsStreamingServer() {
		return false
	}
	for _, begin := range reads {
		if strings.HasPrefix(string(m.Name()), begin) {
			return true
		}
	}
	return false
}
