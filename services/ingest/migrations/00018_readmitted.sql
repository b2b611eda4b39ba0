-- That keys were taken back from those that were erased: by whom, when and why, and how many;
-- not which.

-- +goose Up
create table sf_ingest.readmission (
    id           bigint generated always as identity primary key,
    dataset      text not null,
    table_name   text not null,
    keys         bigint not null check (keys > 0),
    requested_by text not null,
    reason       text not null,
    readmitted_at timestamptz not null default clock_timestamp()
);
create index readmission_by_dataset on sf_ingest.readmission (dataset, readmitted_at);
comment on table sf_ingest.readmission is
    'Who took erased keys back, when and why, and how many: deliveries may have them again. No key is in it.';

grant select, insert on sf_ingest.readmission to sf_ingest;
grant delete on sf_ingest.erased to sf_ingest;

-- +goose Down
revoke delete on sf_ingest.erased from sf_ingest;
drop table sf_ingest.readmission;
