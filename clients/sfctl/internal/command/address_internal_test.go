package command

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/platform/problem"
)

func TestAddressesThatAGatewayCanHave(t *testing.T) {
	t.Parallel()
	for _, server := range []string{
		DefaultServer, "localhost:7100", "gateway:1", "gateway.example:65535", "[::1]:7100", "[fe80::1%eth0]:7100", ":7100",
		"https://gateway:7100", "https://[::1]:7100", "dns:///gateway:7100", "unix:/run/gateway.sock", "unix:///run/gateway.sock", "passthrough:///gateway:7100",
	} {
		require.NoError(t, checkServer(server), server)
	}
}

func TestAddressesThatNoGatewayHas(t *testing.T) {
	t.Parallel()
	const example = "such as " + DefaultServer
	for server, says := range map[string]string{
		"gateway":               `server "gateway": its port is missing; want host:port of the gateway's gRPC port, ` + example,
		"":                      `server "": its port is missing`,
		"gateway:":              `server "gateway:": its port is missing`,
		"gateway:0":             `"0" is no port; want a number from 1 to 65535`,
		"gateway:65536":         `"65536" is no port`,
		"gateway:-1":            `"-1" is no port`,
		"gateway:grpc":          `"grpc" is no port`,
		"gateway:7100:7100":     "is no address",
		"::1":                   "or [::1]:7100 for IPv6",
		"fe80::1:7100":          "is no address",
		"[::1:7100":             "is no address",
		"http://gateway:8080":   "drop http://; want host:port of the gateway's gRPC port, " + example + " (this one: gateway:8080)",
		"https://gateway":       "want https://host:port of the gateway's gRPC port, and nothing behind it",
		"https://gateway:7100/": "and nothing behind it",
		"https://gateway:0":     "want https://host:port",
		"https://http://a:1":    "drop https://",
		"http://gateway:8080/":  "(this one: gateway:8080)",
	} {
		err := checkServer(server)
		require.ErrorContains(t, err, says, server)
		require.Equal(t, problem.ExitUsage, exit.Of(err, server).Code, server)
	}
}
