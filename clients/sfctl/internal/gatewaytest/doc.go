// Package gatewaytest is a gateway for tests: a real gRPC server on a loopback port
// that answers what the test put in, can break its streams, and can be stopped and
// started again on the same address.
package gatewaytest
