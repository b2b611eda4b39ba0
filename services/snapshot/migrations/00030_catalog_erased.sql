-- An entry of the catalog gets the count and the hash of what an erase left, and only where
-- the erase is recorded. Nothing else of it ever changes, but that it is superseded.

-- +goose Up
-- +goose StatementBegin
create or replace function sf_snapshot.catalog_is_immutable() returns trigger
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
    if tg_op = 'UPDATE' and new.rows < old.rows and exists (
        select from sf_snapshot.erasure e
         where (e.dataset, e.snapshot, e.as_of, e.revision) = (old.dataset, old.snapshot, old.as_of, old.revision)
           and (e.rows_before, e.hash_before, e.rows_after, e.hash_after) = (old.rows, old.content_hash, new.rows, new.content_hash)
    ) then
        kept := new;
        kept.rows := old.rows;
        kept.content_hash := old.content_hash;
        if kept is not distinct from old then
            return new;
        end if;
    end if;
    raise exception 'the catalog of snapshots is immutable: of % as of %, revision % may be superseded once, and nothing else of it may change',
        old.snapshot, old.as_of, old.revision;
end
$$;
-- +goose StatementEnd
grant update (rows, content_hash) on sf_snapshot.catalog to sf_snapshot;

-- +goose Down
revoke update (rows, content_hash) on sf_snapshot.catalog from sf_snapshot;
-- +goose StatementBegin
create or replace function sf_snapshot.catalog_is_immutable() returns trigger
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
