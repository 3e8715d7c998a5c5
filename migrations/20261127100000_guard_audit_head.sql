-- Who has the app's rights could have the audit log forgotten by three plain
-- statements: a head moved on or aside, and a checkpoint for what was never cut.
create function guard_audit_head() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    -- Kept and not refused: the release before says 0 once all rows were cut.
    new.settled := greatest(new.settled, old.settled);
    new.settling := greatest(new.settling, old.settling);
    if (new.seq = old.seq and new.hash = old.hash
        or new.seq > old.seq and exists (
          select 1 from audit_chain c
          where c.seq = new.seq and c.hash = new.hash))
      -- Behind the mark no row is chained any more: it only takes its steps.
      and new.settled in (old.settled, old.settling)
      and (new.settling = old.settling or new.settling <= (
        select max(audit_id) from audit_log))
    then
      return new;
    end if;
  end if;
  raise exception '% only goes on', tg_table_name
    using errcode = 'restrict_violation';
end $$;
create trigger audit_head_goes_on before update or delete on audit_head
  for each row execute function guard_audit_head();
create trigger audit_head_kept before truncate on audit_head
  for each statement execute function refuse_audit_truncate();

-- A checkpoint repeats the hash of a link that is there.
create function guard_audit_checkpoint() returns trigger language plpgsql as $$
begin
  if exists (
    select 1 from audit_chain c where c.seq = new.seq and c.hash = new.hash)
  then
    return new;
  end if;
  raise exception '% is of no link of the chain', tg_table_name
    using errcode = 'restrict_violation';
end $$;
create trigger audit_checkpoint_of_a_link before insert on audit_checkpoint
  for each row execute function guard_audit_checkpoint();
