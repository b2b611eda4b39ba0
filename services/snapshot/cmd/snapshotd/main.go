// Command snapshotd keeps the history of datasets: `snapshotd` serves, `snapshotd
// migrate` brings its schema up to date, `-h` lists the settings.
package main

import (
	"os"
	"runtime/debug"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/services/snapshot"
)

// garbage is how much of what is in use may lie about before it is collected, in percent.
// Rows pass through in batches, most of which is garbage soon: the usual 100 holds as much
// again, and half of that went over 100 MiB with a Parquet file. Who sets GOGC has said what
// they want.
const garbage = 25

func main() {
	if _, said := os.LookupEnv("GOGC"); !said {
		debug.SetGCPercent(garbage)
	}
	os.Exit(daemon.Main(snapshot.Daemon(snapshot.Config{})))
}
