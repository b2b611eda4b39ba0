package privatepg

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
)

// Ports are picked below those that systems hand to outgoing connections (32768 and
// up on Linux, 49152 on macOS): a client that keeps trying while the server is down
// would otherwise, one day, connect to itself and hold the server's own port.
const (
	firstPort = 20000
	lastPort  = 31999
)

// choosePort returns the folder's last port where it is free, and a new one otherwise.
func choosePort(l layout) (int, error) {
	if b, err := os.ReadFile(l.port()); err == nil {
		port, err := strconv.Atoi(strings.TrimSpace(string(b)))
		if err == nil && port > 0 && portFree(port) {
			return port, nil
		}
	}
	return freePort()
}

func freePort() (int, error) {
	const tries = 200
	for range tries {
		if port := firstPort + rand.IntN(lastPort-firstPort+1); portFree(port) { //nolint:gosec // a port is no secret
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port on 127.0.0.1: %d between %d and %d were tried", tries, firstPort, lastPort)
}

func portFree(port int) bool {
	ln, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))) //nolint:noctx // loopback answers at once
	if err != nil {
		return false
	}
	return ln.Close() == nil
}
