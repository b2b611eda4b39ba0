-- An as_of may have revisions: one that is superseded says since when, and every later
-- one why. Nothing else of an entry ever changes.

-- +goose Up
alter table sf_snapshot.catalog add column superseded_at timestamptz;
alter table sf_snapshot.catalog add column reason text not null default '';
alter table sf_snapshot.catalog add constraint catalog_superseded check (current = (superseded_at is null));
comment on column sf_snapshot.catalog.superseded_at is 'known_at of the revision that took its place; NULL of the current one.';
comment on column sf_snapshot.catalog.reason is 'Why it superseded the revision before it; empty of one that supersedes none.';

-- +goose StatementBegin
create function sf_snapshot.catalog_is_immutable() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    kept sf_snapshot.catalog;
begin
    if tg_op = 'UPDATE' and old.current and not new.current and new.superseded_at > old.known_at then
        kept := new;
        kept.current := old.current;
        kept.superseded_at := old.superseded_at;
        if kept is not distinct from old then
            return new;
        end if;
    end if;
    raise exception 'the catalog of snapshots is immutable: of % as of %, revision % may be superseded once, and nothing else of it may change',
        old.snapshot, old.as_of, old.revision;
end
$$;
-- +goose StatementEnd
create trigger immutable before update or delete on sf_snapshot.catalog
    for each row execute function sf_snapshot.catalog_is_immutable();

grant update (current, superseded_at) on sf_snapshot.catalog to sf_snapshot;

-- +goose Down
revoke update (current, superseded_at) on sf_snapshot.catalog from sf_snapshot;
drop trigger immutable on sf_snapshot.catalog;
drop function sf_snapshot.catalog_is_immutable();
alter table sf_snapshot.catalog drop constraint catalog_superseded;
alter table sf_snapshot.catalog drop column reason;
alter table sf_snapshot.catalog drop column superseded_at;
