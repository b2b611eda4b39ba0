package whocalls

import (
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

var (
	// step is what the orchestrator alone calls: the steps of a run, which carry a fence,
	// and what it asks to decide on them.
	step = Callers{Orchestrator}
	// door is what the gateway passes on for clients, and what its pages show.
	door = Callers{Gateway}
	// both is what the gateway passes on, and the orchestrator asks as well.
	both = Callers{Orchestrator, Gateway}
)

// table is who may call what. An RPC that is passed on by the gateway has a line in
// proto/gateway.yaml as well.
var table = map[string]Callers{
	ingestv1.IngestService_Stage_FullMethodName:        step,
	ingestv1.IngestService_Restore_FullMethodName:      step,
	ingestv1.IngestService_Restamp_FullMethodName:      step,
	ingestv1.IngestService_Plan_FullMethodName:         step,
	ingestv1.IngestService_Publish_FullMethodName:      step,
	ingestv1.IngestService_Expand_FullMethodName:       step,
	ingestv1.IngestService_Discard_FullMethodName:      step,
	ingestv1.IngestService_GetBatch_FullMethodName:     both,
	ingestv1.IngestService_ListBatches_FullMethodName:  both,
	ingestv1.IngestService_CheckDataset_FullMethodName: step,
	ingestv1.IngestService_CheckSource_FullMethodName:  step,
	ingestv1.IngestService_Erase_FullMethodName:        step,
	ingestv1.IngestService_ReadmitKeys_FullMethodName:  door,

	qualityv1.QualityService_Validate_FullMethodName:         step,
	qualityv1.QualityService_GetValidation_FullMethodName:    both,
	qualityv1.QualityService_ListValidations_FullMethodName:  both,
	qualityv1.QualityService_UnmaskValidation_FullMethodName: door,
	qualityv1.QualityService_Erase_FullMethodName:            step,

	snapshotv1.SnapshotService_GetBase_FullMethodName:            step,
	snapshotv1.SnapshotService_Prepare_FullMethodName:            step,
	snapshotv1.SnapshotService_Stamp_FullMethodName:              step,
	snapshotv1.SnapshotService_CheckStamped_FullMethodName:       step,
	snapshotv1.SnapshotService_Expand_FullMethodName:             step,
	snapshotv1.SnapshotService_Rollback_FullMethodName:           step,
	snapshotv1.SnapshotService_ListStale_FullMethodName:          step,
	snapshotv1.SnapshotService_Restamp_FullMethodName:            step,
	snapshotv1.SnapshotService_Discard_FullMethodName:            step,
	snapshotv1.SnapshotService_GetSnapshot_FullMethodName:        both,
	snapshotv1.SnapshotService_ListSnapshots_FullMethodName:      both,
	snapshotv1.SnapshotService_ListRevisions_FullMethodName:      both,
	snapshotv1.SnapshotService_ListRestatements_FullMethodName:   both,
	snapshotv1.SnapshotService_ListGaps_FullMethodName:           both,
	snapshotv1.SnapshotService_Restore_FullMethodName:            both,
	snapshotv1.SnapshotService_Verify_FullMethodName:             both,
	snapshotv1.SnapshotService_Diff_FullMethodName:               both,
	snapshotv1.SnapshotService_Retain_FullMethodName:             step,
	snapshotv1.SnapshotService_Erase_FullMethodName:              step,
	snapshotv1.SnapshotService_PlanRetention_FullMethodName:      both,
	snapshotv1.SnapshotService_Pin_FullMethodName:                both,
	snapshotv1.SnapshotService_Unpin_FullMethodName:              both,
	snapshotv1.SnapshotService_CheckDataset_FullMethodName:       step,
	snapshotv1.SnapshotService_BuildTrainingSet_FullMethodName:   both,
	snapshotv1.SnapshotService_GetTrainingSet_FullMethodName:     both,
	snapshotv1.SnapshotService_ListTrainingSets_FullMethodName:   both,
	snapshotv1.SnapshotService_ExportTrainingSet_FullMethodName:  both,
	snapshotv1.SnapshotService_VerifyTrainingSet_FullMethodName:  both,
	snapshotv1.SnapshotService_RebuildTrainingSet_FullMethodName: both,
	snapshotv1.SnapshotService_ForgetTrainingSet_FullMethodName:  both,

	orchestratorv1.OrchestratorService_ApplyDataset_FullMethodName:        door,
	orchestratorv1.OrchestratorService_GetDataset_FullMethodName:          door,
	orchestratorv1.OrchestratorService_ListDatasets_FullMethodName:        door,
	orchestratorv1.OrchestratorService_ListDatasetVersions_FullMethodName: door,
	orchestratorv1.OrchestratorService_DiffDataset_FullMethodName:         door,
	orchestratorv1.OrchestratorService_DeleteDataset_FullMethodName:       door,
	orchestratorv1.OrchestratorService_MigrateDataset_FullMethodName:      door,
	orchestratorv1.OrchestratorService_StartRun_FullMethodName:            door,
	orchestratorv1.OrchestratorService_GetRun_FullMethodName:              door,
	orchestratorv1.OrchestratorService_ListRuns_FullMethodName:            door,
	orchestratorv1.OrchestratorService_WatchRun_FullMethodName:            door,
	orchestratorv1.OrchestratorService_CancelRun_FullMethodName:           door,
	orchestratorv1.OrchestratorService_UnmaskRun_FullMethodName:           door,
	orchestratorv1.OrchestratorService_CreateToken_FullMethodName:         door,
	orchestratorv1.OrchestratorService_ListTokens_FullMethodName:          door,
	orchestratorv1.OrchestratorService_RevokeToken_FullMethodName:         door,
	orchestratorv1.OrchestratorService_GrantRole_FullMethodName:           door,
	orchestratorv1.OrchestratorService_RevokeRole_FullMethodName:          door,
	orchestratorv1.OrchestratorService_ListGrants_FullMethodName:          door,
	orchestratorv1.OrchestratorService_WhoAmI_FullMethodName:              door,
	orchestratorv1.OrchestratorService_CreateLogin_FullMethodName:         door,
	orchestratorv1.OrchestratorService_RedeemLogin_FullMethodName:         door,
	orchestratorv1.OrchestratorService_Identify_FullMethodName:            door,
	orchestratorv1.OrchestratorService_ListAudit_FullMethodName:           door,
	orchestratorv1.OrchestratorService_ExportAudit_FullMethodName:         door,
	orchestratorv1.OrchestratorService_RecordAudit_FullMethodName:         door,
	orchestratorv1.OrchestratorService_RecordCheckpoint_FullMethodName:    door,
	orchestratorv1.OrchestratorService_ListAuditSegments_FullMethodName:   door,
	orchestratorv1.OrchestratorService_DropAudit_FullMethodName:           door,
	orchestratorv1.OrchestratorService_IdentifySubject_FullMethodName:     door,
	orchestratorv1.OrchestratorService_BeginSession_FullMethodName:        door,
	orchestratorv1.OrchestratorService_EndSession_FullMethodName:          door,
}
