package quality_test

import (
	"os"
	"testing"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/services/quality"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, quality.Migrations())) }
