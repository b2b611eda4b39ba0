package daemon

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAVersionIsWrittenWhereScriptsReadIt(t *testing.T) {
	t.Parallel()
	require.Same(t, os.Stdout, output([]string{"version"}))
	for _, args := range [][]string{nil, {"serve"}, {"migrate", "version"}, {"--listen", "version"}, {"-h"}} {
		require.Same(t, os.Stderr, output(args), args)
	}
}

func TestWhereAHealthCheckCalls(t *testing.T) {
	t.Parallel()
	for listen, call := range map[string]string{
		":7101": "127.0.0.1:7101", "0.0.0.0:7101": "127.0.0.1:7101", "[::]:7101": "127.0.0.1:7101",
		"127.0.0.1:7101": "127.0.0.1:7101", "10.0.0.7:7101": "10.0.0.7:7101", "[::1]:7101": "[::1]:7101", "ingest:7101": "ingest:7101",
		"odd": "odd",
	} {
		require.Equal(t, call, loopback(listen), listen)
	}
}
