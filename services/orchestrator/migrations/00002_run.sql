-- Runs, their steps, their events, and the requests that asked for them.

-- +goose Up
create table sf_orchestrator.run (
    id               text collate "C" primary key,
    dataset          text collate "C" not null,
    dataset_version  text collate "C" not null,
    as_of            date not null,
    source           text not null,
    source_key       text not null,
    mode             text not null check (mode in ('FULL', 'PLAN')),
    state            text not null check (state in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    reason           text not null default '',
    message          text not null default '',
    findings         jsonb not null default '[]',
    batch            text not null default '',
    validation       text not null default '',
    unchanged        boolean not null default false,
    backfill         boolean not null default false,
    cancel_requested boolean not null default false,
    requested_by     text not null,
    request_id       text not null,
    created_at       timestamptz not null default now(),
    started_at       timestamptz,
    ended_at         timestamptz,
    last_event       bigint not null default 0,
    lease_owner      text,
    lease_until      timestamptz,
    fence            bigint,
    checkpoint       bigint not null default 0,
    foreign key (dataset, dataset_version) references sf_orchestrator.dataset_version (dataset, version),
    check (state <> 'RUNNING' or (lease_owner is not null and lease_until is not null and fence is not null))
);
comment on column sf_orchestrator.run.source_key is
    'SHA-256 of the source with what does not matter taken away, so that two ways to write one folder are one source.';
comment on column sf_orchestrator.run.checkpoint is
    'Counts the writes of the worker that holds the run: one whose outcome it does not know is not done twice.';

create unique index run_one_running on sf_orchestrator.run (dataset) where state = 'RUNNING';
create unique index run_one_active on sf_orchestrator.run (dataset, as_of, mode, source_key)
    where state in ('QUEUED', 'RUNNING');
create index run_active on sf_orchestrator.run (dataset, as_of, id) where state in ('QUEUED', 'RUNNING');
create index run_by_dataset on sf_orchestrator.run (dataset, id);

create table sf_orchestrator.run_step (
    run        text collate "C" not null references sf_orchestrator.run (id),
    position   smallint not null,
    kind       text not null,
    state      text not null check (state in ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'SKIPPED')),
    attempts   integer not null default 0,
    started_at timestamptz,
    ended_at   timestamptz,
    counts     jsonb not null default '[]',
    summary    text not null default '',
    primary key (run, position),
    unique (run, kind)
);

create table sf_orchestrator.run_event (
    run      text collate "C" not null references sf_orchestrator.run (id),
    number   bigint not null,
    at       timestamptz not null default clock_timestamp(),
    kind     text not null,
    step     text not null default '',
    attempt  integer not null default 0,
    state    text not null,
    message  text not null default '',
    reason   text not null default '',
    progress jsonb,
    counts   jsonb,
    primary key (run, number)
);
comment on table sf_orchestrator.run_event is
    'What happened to a run, numbered from 1 without gaps. Written with the change that it tells of, in one transaction.';

create table sf_orchestrator.run_request (
    request_id text collate "C" primary key,
    run        text collate "C" not null references sf_orchestrator.run (id),
    joined     boolean not null,
    dataset    text collate "C" not null,
    as_of      date not null,
    source_key text not null,
    mode       text not null,
    created_at timestamptz not null default now()
);
comment on table sf_orchestrator.run_request is
    'Every request for a run. The same request id is the same run for ever, also where it joined one that another had started.';

grant select, insert, update on sf_orchestrator.run, sf_orchestrator.run_step to sf_orchestrator;
grant select, insert on sf_orchestrator.run_event, sf_orchestrator.run_request to sf_orchestrator;

-- +goose Down
drop table sf_orchestrator.run_request;
drop table sf_orchestrator.run_event;
drop table sf_orchestrator.run_step;
drop table sf_orchestrator.run;
