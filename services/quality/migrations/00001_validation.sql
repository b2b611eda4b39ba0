-- Validations: one row per validation that has ended.

-- +goose Up
create table sf_quality.validation (
    -- val_…, chosen by the caller; it sorts by the time it was made, in any locale.
    id              text collate "C" primary key,
    batch           text not null,
    dataset         text not null,
    dataset_version text not null,
    as_of           date not null,
    run             text not null,
    success         boolean not null,
    evaluated       integer not null,
    successful      integer not null,
    unsuccessful    integer not null,
    skipped         integer not null,
    -- Share of the evaluated that held, 0 to 100.
    success_percent double precision not null,
    started_at      timestamptz not null,
    ended_at        timestamptz not null,
    -- Results and findings as protojson. They are only read whole, and json, unlike
    -- jsonb, keeps every character that a header may hold.
    report          json not null
);
comment on table sf_quality.validation is
    'The outcome of all expectations of a dataset over one batch. Written once, never changed.';

-- What ListValidations asks for: those of a dataset, of a batch or of all, newest first.
create index validation_by_dataset on sf_quality.validation (dataset, id desc);
create index validation_by_batch on sf_quality.validation (batch, id desc);

grant select, insert on sf_quality.validation to sf_quality;

-- +goose Down
drop table sf_quality.validation;
