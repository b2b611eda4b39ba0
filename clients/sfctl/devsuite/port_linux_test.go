package devsuite_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
)

// Of the ports of the machine, a suite of its own process has the gateway's two. A
// service that only the others call can be called by nobody else.
func TestASuiteHasNoPortsButTheGateways(t *testing.T) {
	before := listening(t)
	dir := folder(t)
	s := start(t, devsuite.Config{DataDir: dir, GRPCListen: "127.0.0.1:0", HTTPListen: "127.0.0.1:0", Fast: true})
	want := map[int]bool{}
	for _, address := range []string{s.GRPCAddr(), s.HTTPAddr()} {
		_, port, err := net.SplitHostPort(address)
		require.NoError(t, err)
		number, err := strconv.Atoi(port)
		require.NoError(t, err)
		want[number] = true
	}

	after := listening(t)
	for port := range before {
		delete(after, port)
	}
	require.Equal(t, want, after)
	require.NoError(t, s.Stop(t.Context()))
}

// listening are the ports that this process listens on, as the kernel tells: the sockets
// in state 0A of /proc/net/tcp whose inode is one of its files.
func listening(t *testing.T) map[int]bool {
	t.Helper()
	sockets := map[string]bool{}
	files, err := filepath.Glob("/proc/self/fd/*")
	require.NoError(t, err)
	for _, f := range files {
		if to, err := os.Readlink(f); err == nil && strings.HasPrefix(to, "socket:[") {
			sockets[strings.TrimSuffix(strings.TrimPrefix(to, "socket:["), "]")] = true
		}
	}
	ports := map[int]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(table)
		if err != nil {
			continue // a machine without IPv6
		}
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line)
			if len(f) < 10 || f[3] != "0A" || !sockets[f[9]] {
				continue
			}
			port, err := strconv.ParseInt(f[1][strings.LastIndex(f[1], ":")+1:], 16, 32)
			require.NoError(t, err)
			ports[int(port)] = true
		}
	}
	return ports
}
