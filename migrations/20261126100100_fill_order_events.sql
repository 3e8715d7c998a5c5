-- What is recorded of the time before there were events, as far as it is recorded.
insert into order_event (order_id, at, kind, actor, chat_id, intent_id, via, detail)
select * from (
  select order_id, created_at as at, 'prepared' as kind, created_by as actor,
    null as chat_id, intent_id, null as via, '{}'::jsonb as detail
  from group_intent
  union all
  select order_id, reported_at, 'reported', created_by, chat_id, intent_id, null,
    '{}'
  from group_intent where reported_at is not null
  union all
  select order_id, ended_at, 'ended', 'system', null, intent_id, null,
    jsonb_build_object('reason', end_reason)
  from group_intent where ended_at is not null
  union all
  select told.subject, told.at,
    case told.action when 'group.bound' then 'bound'
      when 'group.unbound' then 'unbound' else 'dismissed' end,
    told.actor, told.detail ->> 'chatId', told.detail ->> 'intentId',
    told.detail ->> 'via', '{}'
  from audit_log told
  where told.action in ('group.bound', 'group.unbound', 'group.dismissed')
    and told.outcome = 'done'
    and exists (select 1 from customer_order o where o.order_id = told.subject)
  union all
  select c.order_id, m.joined_at, 'joined', 'wecom', c.chat_id, null, null,
    jsonb_build_object('memberId', m.member_id, 'type', m.type)
  from chat c join chat_member m on m.chat_id = c.chat_id
  where c.order_id is not null
  union all
  select c.order_id, m.left_at, 'left', 'wecom', c.chat_id, null, null,
    jsonb_build_object('memberId', m.member_id, 'type', m.type,
      'scene', m.quit_scene)
  from chat c join chat_member m on m.chat_id = c.chat_id
  where c.order_id is not null and m.left_at is not null
  union all
  select order_id, decided_at, 'customer_chosen', decided_by, null, null, source,
    jsonb_build_object('externalUserId', external_user_id)
  from customer_decision
) past
order by at;
