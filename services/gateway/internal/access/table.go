package access

import (
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/identity"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// rule is what an RPC needs.
type rule struct {
	// role is the least that may call it; empty where no caller may, and only the gateway
	// or another service does.
	role identity.Role
	// more says what role a request needs for what it asks besides, and what that is in
	// words; nil where it asks for nothing besides.
	more func(proto.Message) (identity.Role, string)
	// of finds which dataset a request is about.
	of scope
}

// internal is an RPC that cannot be reached through the gateway.
var internal = rule{}

// table is what every RPC of every service needs. A test holds it against the protos: an RPC
// without a line is called by nobody.
var table = map[string]rule{
	"OrchestratorService/ApplyDataset":        {role: identity.Admin, of: declaredDataset},
	"OrchestratorService/GetDataset":          {role: identity.Reader, of: namedDataset},
	"OrchestratorService/ListDatasets":        {role: identity.Reader, of: whatIsGranted},
	"OrchestratorService/ListDatasetVersions": {role: identity.Reader, of: namedDataset},
	"OrchestratorService/DiffDataset":         {role: identity.Reader, of: namedDataset},
	"OrchestratorService/DeleteDataset":       {role: identity.Admin, of: namedDataset},
	"OrchestratorService/MigrateDataset":      {role: identity.Admin, of: namedDataset},
	"OrchestratorService/StartRun":            {role: identity.Operator, more: ofRun, of: startedRun},
	"OrchestratorService/GetRun":              {role: identity.Reader, of: datasetOfRun},
	"OrchestratorService/ListRuns":            {role: identity.Reader, of: whatIsGranted},
	"OrchestratorService/WatchRun":            {role: identity.Reader, of: datasetOfRun},
	"OrchestratorService/CancelRun":           {role: identity.Operator, of: datasetOfRun},
	"OrchestratorService/CreateToken":         {role: identity.Admin, of: allDatasets},
	"OrchestratorService/ListTokens":          {role: identity.Admin, of: allDatasets},
	"OrchestratorService/RevokeToken":         {role: identity.Admin, of: allDatasets},
	"OrchestratorService/WhoAmI":              {role: identity.Reader, of: noDataset},
	"OrchestratorService/CreateLogin":         {role: identity.Reader, of: noDataset},
	"OrchestratorService/RedeemLogin":         internal,
	"OrchestratorService/Identify":            internal,
	"OrchestratorService/ListAudit":           {role: identity.Admin, of: allDatasets},
	"OrchestratorService/ExportAudit":         {role: identity.Admin, of: allDatasets},
	"OrchestratorService/RecordAudit":         internal,
	"OrchestratorService/RecordCheckpoint":    internal,
	"OrchestratorService/ListAuditSegments":   internal,
	"OrchestratorService/DropAudit":           internal,

	"IngestService/GetBatch":     {role: identity.Reader, of: datasetOfBatch},
	"IngestService/ListBatches":  {role: identity.Reader, of: namedDataset},
	"IngestService/Stage":        internal,
	"IngestService/Restore":      internal,
	"IngestService/Restamp":      internal,
	"IngestService/Plan":         internal,
	"IngestService/Publish":      internal,
	"IngestService/Expand":       internal,
	"IngestService/Discard":      internal,
	"IngestService/CheckDataset": internal,
	"IngestService/Erase":        internal,

	"QualityService/GetValidation":   {role: identity.Reader, of: datasetOfValidation},
	"QualityService/ListValidations": {role: identity.Reader, of: namedDataset},
	"QualityService/Validate":        internal,
	"QualityService/Erase":           internal,

	"SnapshotService/GetSnapshot":        {role: identity.Reader, of: namedDataset},
	"SnapshotService/ListSnapshots":      {role: identity.Reader, of: namedDataset},
	"SnapshotService/ListRevisions":      {role: identity.Reader, of: namedDataset},
	"SnapshotService/ListRestatements":   {role: identity.Reader, of: namedDataset},
	"SnapshotService/ListGaps":           {role: identity.Reader, of: namedDataset},
	"SnapshotService/Restore":            {role: identity.Steward, of: namedDataset},
	"SnapshotService/Verify":             {role: identity.Reader, of: namedDataset},
	"SnapshotService/Diff":               {role: identity.Reader, of: namedDataset},
	"SnapshotService/PlanRetention":      {role: identity.Reader, of: namedDataset},
	"SnapshotService/Pin":                {role: identity.Steward, of: namedDataset},
	"SnapshotService/Unpin":              {role: identity.Steward, of: namedDataset},
	"SnapshotService/BuildTrainingSet":   {role: identity.Operator, more: ofTrainingSet, of: namedDataset},
	"SnapshotService/GetTrainingSet":     {role: identity.Reader, of: datasetOfTrainingSet},
	"SnapshotService/ListTrainingSets":   {role: identity.Reader, of: namedDataset},
	"SnapshotService/ExportTrainingSet":  {role: identity.Reader, of: datasetOfTrainingSet},
	"SnapshotService/VerifyTrainingSet":  {role: identity.Reader, of: datasetOfTrainingSet},
	"SnapshotService/RebuildTrainingSet": {role: identity.Reader, of: allDatasets},
	"SnapshotService/ForgetTrainingSet":  {role: identity.Steward, of: datasetOfTrainingSet},
	"SnapshotService/GetBase":            internal,
	"SnapshotService/Prepare":            internal,
	"SnapshotService/Stamp":              internal,
	"SnapshotService/CheckStamped":       internal,
	"SnapshotService/Expand":             internal,
	"SnapshotService/Rollback":           internal,
	"SnapshotService/ListStale":          internal,
	"SnapshotService/Restamp":            internal,
	"SnapshotService/Discard":            internal,
	"SnapshotService/Retain":             internal,
	"SnapshotService/Erase":              internal,
	"SnapshotService/CheckDataset":       internal,
}

// ofRun says what a run needs besides: a steward decides what a guard found, and what
// happens to history. A plan changes nothing, whatever it is a plan of.
func ofRun(m proto.Message) (need identity.Role, what string) {
	req, ok := m.(*orchestratorv1.StartRunRequest)
	switch {
	case !ok || req.GetMode() == orchestratorv1.RunMode_RUN_MODE_PLAN:
		return "", ""
	case req.GetMode() == orchestratorv1.RunMode_RUN_MODE_ROLLBACK:
		return identity.Steward, "a rollback"
	case req.GetMode() == orchestratorv1.RunMode_RUN_MODE_RETENTION:
		return identity.Steward, "a run that drops history"
	case req.GetMode() == orchestratorv1.RunMode_RUN_MODE_ERASE:
		return identity.Steward, "a run that erases keys"
	case len(req.GetAccept()) > 0 || req.GetAcceptFrom() != "":
		return identity.Steward, "a run that accepts findings"
	case req.GetSupersede():
		return identity.Steward, "a run that supersedes"
	case req.GetRestamp():
		return identity.Steward, "a run that restamps"
	}
	return "", ""
}

// ofTrainingSet says what a training set needs besides.
func ofTrainingSet(m proto.Message) (need identity.Role, what string) {
	if req, ok := m.(*snapshotv1.BuildTrainingSetRequest); ok && len(req.GetWaive()) > 0 {
		return identity.Steward, "a training set that waives guards"
	}
	return "", ""
}
