/** The company's settings for admins: one form, without a script. */
import type { ComponentChildren } from "preact";
import { PLACEHOLDERS, type SettingName } from "../../settings/definitions.ts";
import type { SettingsPageModel } from "../../settings/page.ts";

const MEANING: Record<typeof PLACEHOLDERS[number], string> = {
  customerName: "客户姓名",
  designerName: "设计师",
  storeName: "门店",
};

export function SettingsPage(model: SettingsPageModel) {
  const { fields, problems, saved } = model;
  const failed = Object.keys(problems).length > 0;
  const about = (name: SettingName) => ({
    "aria-describedby": `${name}-hint`,
    ...(problems[name] && { "aria-invalid": "true" as const }),
  });
  return (
    <main class="page">
      <h1>公司设置</h1>
      {saved && (
        <p class="notice" role="status" data-testid="settings-saved">
          已保存，几秒内对所有人生效
        </p>
      )}
      {failed && (
        <p class="notice bad" role="alert">没有保存，请改好标出的地方</p>
      )}
      <form
        class="page settings"
        action="/admin/settings"
        method="post"
        data-testid="settings"
      >
        <Field
          model={model}
          name="welcome"
          label="建群后的欢迎语"
          hint={`由员工发到群里。可以写 ${
            PLACEHOLDERS.map((name) => `{${name}}（${MEANING[name]}）`)
              .join("、")
          }`}
        >
          <textarea
            id="welcome"
            name="welcome"
            rows={6}
            required
            {...about("welcome")}
          >
            {fields.welcome}
          </textarea>
        </Field>
        <Field
          model={model}
          name="secondColleague"
          label="第二位同事"
          hint="订单没有项目经理时和设计师一起进群的人。填企业微信账号，留空则不指定"
        >
          <input
            id="secondColleague"
            name="secondColleague"
            value={fields.secondColleague}
            maxlength={64}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            {...about("secondColleague")}
          />
        </Field>
        <Field
          model={model}
          name="storeColleagues"
          label="各门店的第二位同事"
          hint="每行一个：门店名、空格、企业微信账号。没有写到的门店用上面那一位"
        >
          <textarea
            id="storeColleagues"
            name="storeColleagues"
            rows={4}
            autocapitalize="off"
            spellcheck={false}
            {...about("storeColleagues")}
          >
            {fields.storeColleagues}
          </textarea>
        </Field>
        <Field
          model={model}
          name="reminders"
          label="提醒同事建群"
          hint="客户在同事的企业微信里时，可以发一条应用消息提醒 TA"
        >
          <input
            type="checkbox"
            id="reminders"
            name="reminders"
            checked={fields.reminders}
            {...about("reminders")}
          />
        </Field>
        <button type="submit" class="weui-btn weui-btn_primary">保存</button>
      </form>
      <footer class="foot">
        <a class="plain" href="/">返回订单</a>
      </footer>
    </main>
  );
}

function Field({ model, name, label, hint, children }: {
  model: SettingsPageModel;
  name: SettingName;
  label: string;
  hint: string;
  children: ComponentChildren;
}) {
  const { problems, changed, timeZone } = model;
  const last = changed[name];
  return (
    <section class="card" data-testid={`setting-${name}`}>
      <label for={name}>{label}</label>
      {children}
      <div id={`${name}-hint`}>
        {problems[name] && <p class="wrong">{problems[name]}</p>}
        <small>{hint}</small>
        {last && (
          <small>
            <bdi>{last.by}</bdi> {timeOf(last.at, timeZone)} 改过
          </small>
        )}
      </div>
    </section>
  );
}

function timeOf(at: string, timeZone: string): string {
  return new Intl.DateTimeFormat("zh-CN", {
    timeZone,
    month: "long",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(new Date(at));
}
