// Command orchestratord runs the orchestrator: `serve` (the default), `migrate`, or
// `token create`, which makes the first token.
package main

import (
	"os"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/services/orchestrator"
)

func main() { os.Exit(daemon.Main(orchestrator.Daemon(orchestrator.Config{}))) }
