// Command gatewayd serves StreamFlow over HTTP, and over gRPC to sfctl.
package main

import (
	"os"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/services/gateway"
)

func main() { os.Exit(daemon.Main(gateway.Daemon(gateway.Config{}))) }
