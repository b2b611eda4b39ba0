package command

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
)

// checkServer refuses an address that no gateway can have, before it is called: what gRPC
// makes of one is an error that speaks of something else.
func checkServer(server string) error {
	want := "want host:port of the gateway's gRPC port, such as " + DefaultServer
	if address, ok := strings.CutPrefix(server, overTLS); ok && !strings.Contains(address, "://") {
		if err := checkServer(address); err != nil || strings.Contains(address, "/") {
			return exit.BadUsage(fmt.Errorf("server %q: want https://host:port of the gateway's gRPC port, and nothing behind it", server))
		}
		return nil
	}
	if scheme, address, ok := strings.Cut(server, "://"); ok {
		if strings.HasPrefix(scheme, "http") {
			return exit.BadUsage(fmt.Errorf("server %q: drop %s://; %s (this one: %s)", server, scheme, want, strings.TrimRight(address, "/")))
		}
		return nil // as in dns:///gateway:7100, which is gRPC's to read
	}
	if strings.HasPrefix(server, "unix:") {
		return nil
	}
	if !strings.Contains(server, ":") {
		return exit.BadUsage(fmt.Errorf("server %q: its port is missing; %s", server, want))
	}
	_, port, err := net.SplitHostPort(server)
	if err != nil {
		return exit.BadUsage(fmt.Errorf("server %q is no address; %s, or [::1]:7100 for IPv6", server, want))
	}
	if port == "" {
		return exit.BadUsage(fmt.Errorf("server %q: its port is missing; %s", server, want))
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return exit.BadUsage(fmt.Errorf("server %q: %q is no port; want a number from 1 to 65535, as in %s", server, port, DefaultServer))
	}
	return nil
}
