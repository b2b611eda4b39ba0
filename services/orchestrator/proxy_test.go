package orchestrator_test

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxy stands between a replica and PostgreSQL, and can hold what passes, as a
// process that is paused or a network that is cut would.
type proxy struct {
	url string

	mu   sync.Mutex
	held chan struct{} // closed while everything passes
}

func newProxy(t testing.TB, url string) *proxy {
	t.Helper()
	_, host, _ := strings.Cut(url, "@")
	host, _, _ = strings.Cut(host, "/")
	lis, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{url: strings.Replace(url, host, lis.Addr().String(), 1), held: make(chan struct{})}
	close(p.held)
	t.Cleanup(func() { _ = lis.Close() })
	go func() {
		for {
			client, err := lis.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", host)
			if err != nil {
				_ = client.Close()
				continue
			}
			go p.pass(client, server)
			go p.pass(server, client)
		}
	}()
	return p
}

// pass copies from one side to the other until either is closed.
func (p *proxy) pass(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		<-p.gate()
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *proxy) gate() chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held
}

// hold lets nothing pass until let is called.
func (p *proxy) hold() (let func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	gate := make(chan struct{})
	p.held = gate
	return sync.OnceFunc(func() { close(gate) })
}
