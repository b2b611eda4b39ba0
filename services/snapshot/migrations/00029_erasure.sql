-- What erases took out of history: the count and the hash that each revision had before stand
-- beside those that it has since, with who asked and why.

-- +goose Up
create table sf_snapshot.erasure (
    dataset      text        not null,
    snapshot     text        not null,
    as_of        date        not null,
    revision     integer     not null,
    run          text        not null,
    erased_at    timestamptz not null default clock_timestamp(),
    requested_by text        not null,
    reason       text        not null,
    rows_before  bigint      not null,
    hash_before  text        not null,
    rows_after   bigint      not null check (rows_after < rows_before),
    hash_after   text        not null,
    primary key (dataset, snapshot, as_of, revision, run)
);
create index erasure_by_hash on sf_snapshot.erasure (dataset, hash_before);
comment on table sf_snapshot.erasure is
    'One row per revision and erase that took rows out of it. The catalog has the count and the hash of after.';
grant select, insert on sf_snapshot.erasure to sf_snapshot;
grant select on sf_snapshot.erasure to sf_reader;

create table sf_snapshot.erase_run (
    run     text        primary key,
    dataset text        not null,
    at      timestamptz not null default clock_timestamp(),
    detail  jsonb       not null
);
comment on table sf_snapshot.erase_run is
    'What each erase took out of history, as the JSON of the message streamflow.step.v1.EraseResult: a call that is sent again answers so.';
grant select, insert on sf_snapshot.erase_run to sf_snapshot;

create table sf_snapshot.entities_erased (
    training_set text        not null collate "C" references sf_snapshot.training_set_entities,
    run          text        not null,
    erased_at    timestamptz not null default clock_timestamp(),
    requested_by text        not null,
    reason       text        not null,
    rows         bigint      not null check (rows > 0),
    txid         xid8        not null default pg_current_xact_id(),
    primary key (training_set, run)
);
comment on table sf_snapshot.entities_erased is
    'One row per training set and erase that took entity rows of it. training_set_entities has the number and the hash of those that it was built from.';
grant select, insert on sf_snapshot.entities_erased to sf_snapshot;
grant select on sf_snapshot.entities_erased to sf_reader;

-- Entity rows are never changed by the service, and go only by an erase that is recorded in
-- the same transaction; whoever owns the table may do with it as he likes.
-- +goose StatementBegin
create function sf_snapshot.entities_are_immutable() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (select from sf_snapshot.entities_erased e
                    where e.training_set = old.training_set and e.txid = pg_current_xact_id())
       and not pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'usage') then
        raise exception 'the entity rows of % are immutable: they go by an erase alone', old.training_set;
    end if;
    return old;
end
$$;
-- +goose StatementEnd
create trigger entities_are_immutable before delete on sf_snapshot.training_set_entity
    for each row execute function sf_snapshot.entities_are_immutable();
grant delete on sf_snapshot.training_set_entity to sf_snapshot;

-- The first rows of what was restated may be rows that are erased.
grant update (snapshots) on sf_snapshot.restatement to sf_snapshot;

-- +goose Down
revoke update (snapshots) on sf_snapshot.restatement from sf_snapshot;
revoke delete on sf_snapshot.training_set_entity from sf_snapshot;
drop trigger entities_are_immutable on sf_snapshot.training_set_entity;
drop function sf_snapshot.entities_are_immutable();
drop table sf_snapshot.entities_erased;
drop table sf_snapshot.erase_run;
drop table sf_snapshot.erasure;
