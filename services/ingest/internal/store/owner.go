package store

import "github.com/streamflow/streamflow/platform/owned"

// Owners keeps which dataset a live table belongs to: the first that published into it.
var Owners = owned.Ledger{SQL: "sf_ingest.table_owner", First: "first published"}
