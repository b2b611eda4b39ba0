package layout_test

import (
	"os"
	"testing"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/services/ingest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, ingest.Migrations())) }
