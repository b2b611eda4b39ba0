-- Writes a validation; the first one of an identifier stands.
insert into sf_quality.validation (
    id, batch, dataset, dataset_version, as_of, run, success,
    evaluated, successful, unsuccessful, skipped, success_percent, rejected_rows,
    started_at, ended_at, report
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
on conflict (id) do nothing
