// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/catalogue.hpp"

#include <map>

namespace caravan::notify {
namespace {

struct Row {
  std::string_view english, russian;
};

const std::map<std::string_view, Row>& catalogue() {
  static const std::map<std::string_view, Row> rows = {
      // headings: kind and title
      {"untitled", {"(no title)", "(без названия)"}},
      {"added", {"New: {title}", "Новое: {title}"}},
      {"invited", {"Invitation: {title}", "Приглашение: {title}"}},
      {"moved", {"Moved: {title}", "Перенесено: {title}"}},
      {"changed", {"Changed: {title}", "Изменено: {title}"}},
      {"cancelled", {"Cancelled: {title}", "Отменено: {title}"}},
      {"answered",
       {"{n, plural, one{An answer} other{# answers}}: {title}",
        "{n, plural, =1{Ответ} one{# ответ} few{# ответа} other{# ответов}}: {title}"}},
      {"reminder", {"Reminder: {title}", "Напоминание: {title}"}},
      {"starting", {"Starting now: {title}", "Начинается: {title}"}},
      {"daily", {"Your day: {day}", "Ваш день: {day}"}},
      {"weekly", {"Your week from {day}", "Ваша неделя с {day}"}},
      {"summary",
       {"Your calendar: {n, plural, =0{nothing was changed} one{# entry was changed} "
        "other{# entries were changed}}",
        "Ваш календарь: {n, plural, =0{ничего не изменено} one{изменена # запись} few{изменены # записи} "
        "other{изменено # записей}}"}},
      {"subject", {"{heading}, {when}", "{heading}, {when}"}},
      {"summary.text",
       {"Your calendar was taken over in one go; single changes are told from now on.",
        "Ваш календарь перенесён целиком; об отдельных изменениях Вы узнаете с этого момента."}},
      // for administrators
      {"admin.stale", {"A calendar is not in step", "Календарь не синхронизирован"}},
      {"admin.subscription", {"A subscription is dead", "Подписка не действует"}},
      {"admin.brake", {"Deletes wait for your approval", "Удаления ждут подтверждения"}},
      {"admin.conflict", {"Both sides changed the same", "Обе стороны изменили одно и то же"}},
      {"admin.parked", {"An entry is parked", "Запись отложена"}},
      {"admin", {"Caravan needs you", "Caravan требует внимания"}},
      {"admin.count",
       {"{n, plural, one{# case} other{# cases}}", "{n, plural, one{# случай} few{# случая} other{# случаев}}"}},
      // labels
      {"title", {"Title", "Название"}},
      {"when", {"When", "Когда"}},
      {"in_a_meeting", {"In a meeting", "На встрече"}},
      {"where", {"Where", "Где"}},
      {"link", {"Join", "Подключиться"}},
      {"organizer", {"Organizer", "Организатор"}},
      {"attendees", {"Attendees", "Участники"}},
      {"attendees_added", {"Added", "Добавлены"}},
      {"attendees_removed", {"Removed", "Исключены"}},
      {"description", {"Description", "Описание"}},
      {"apart", {"Except", "Кроме"}},
      {"time", {"Time", "Время"}},
      {"was", {"was: {text}", "было: {text}"}},
      {"none", {"none", "нет"}},
      {"more", {"and {n} more", "и ещё {n}"}},
      // answers
      {"accepted", {"accepted", "принято"}},
      {"declined", {"declined", "отклонено"}},
      {"tentative", {"tentative", "под вопросом"}},
      {"delegated", {"delegated", "передано другому"}},
      {"needs_action", {"no answer", "без ответа"}},
      {"proposed", {"proposes {when} instead", "предлагает вместо этого {when}"}},
      // buttons under an invitation
      {"button.accept", {"Accept", "Принять"}},
      {"button.maybe", {"Maybe", "Под вопросом"}},
      {"button.decline", {"Decline", "Отклонить"}},
      // notes
      {"answer_wanted", {"You have not answered yet.", "Вы ещё не ответили."}},
      {"no_answer_yet", {"(not answered)", "(нет ответа)"}},
      {"nothing_planned", {"Nothing is planned.", "Ничего не запланировано."}},
      {"zone", {"Times are those of {zone}.", "Время указано для зоны {zone}."}},
      // commands
      {"agenda.of", {"Your calendar: {days}", "Ваш календарь: {days}"}},
      {"agenda.cut", {"There is more than is shown here.", "Показано не всё."}},
      {"free.of", {"Free: {day}", "Свободно: {day}"}},
      {"free.none", {"No free time within the working hours.", "В рабочее время свободных промежутков нет."}},
      {"free.off", {"That is no working day.", "Это нерабочий день."}},
      {"settings",
       {"Your settings. To change one: `settings NAME VALUE`; an empty value in quotes goes back to the "
        "default.",
        "Ваши настройки. Изменить: `настройки ИМЯ ЗНАЧЕНИЕ`; пустое значение в кавычках возвращает "
        "исходное."}},
      {"setting", {"Setting", "Настройка"}},
      {"value", {"Value", "Значение"}},
      {"allowed", {"Allowed", "Допустимо"}},
      {"setting.set", {"Done.", "Готово."}},
      {"setting.unknown", {"There is no such setting.", "Такой настройки нет."}},
      {"status.in_step", {"Your calendar is in step.", "Ваш календарь синхронизирован."}},
      {"status.behind",
       {"Your calendar is not in step; the administrators are told.",
        "Ваш календарь не синхронизирован; администраторам сообщено."}},
      {"status.since", {"Last compared: {when}.", "Последнее сравнение: {when}."}},
      {"status.never", {"It was not compared yet.", "Сравнения ещё не было."}},
      {"not_understood", {"I did not understand: {text}", "Не понимаю: {text}"}},
      {"help",
       {"`today`, `tomorrow`, `date 21.11`, `week`, `month`, `range 21.11 28.11`: your calendar\n"
        "`free friday`: free time of a day\n"
        "`settings`, `settings NAME VALUE`: how you are told\n"
        "`status`: whether your calendar is in step\n"
        "`help`: this",
        "`сегодня`, `завтра`, `дата 21.11`, `неделя`, `месяц`, `период 21.11 28.11`: Ваш календарь\n"
        "`свободно пятница`: свободное время дня\n"
        "`настройки`, `настройки ИМЯ ЗНАЧЕНИЕ`: как Вам сообщать\n"
        "`статус`: синхронизирован ли календарь\n"
        "`помощь`: эта справка"}},
      {"noted.accepted", {"You accepted.", "Вы приняли приглашение."}},
      {"noted.tentative", {"You answered: maybe.", "Вы ответили: под вопросом."}},
      {"noted.declined", {"You declined.", "Вы отклонили приглашение."}},
      {"not_known", {"I know no calendar for your mail address.", "Для Вашего адреса у меня нет календаря."}},
      // times
      {"all_day", {"all day", "весь день"}},
      {"date_all_day", {"{date}, all day", "{date}, весь день"}},
      {"date_time", {"{date}, {time}", "{date}, {time}"}},
      {"series", {"{rule}, {time}, from {date}", "{rule}, {time}, с {date}"}},
      {"series_ended", {"{series} {end}", "{series} {end}"}},
      {"until", {"until {date}", "до {date}"}},
      {"count", {"({n, plural, one{# time} other{# times}})", "({n, plural, one{# раз} few{# раза} other{# раз}})"}},
      // recurrence
      {"rule.secondly",
       {"{n, plural, =1{every second} other{every # seconds}}",
        "{n, plural, =1{каждую секунду} one{каждую # секунду} few{каждые # секунды} "
        "other{каждые # секунд}}"}},
      {"rule.minutely",
       {"{n, plural, =1{every minute} other{every # minutes}}",
        "{n, plural, =1{каждую минуту} one{каждую # минуту} few{каждые # минуты} "
        "other{каждые # минут}}"}},
      {"rule.hourly",
       {"{n, plural, =1{every hour} other{every # hours}}",
        "{n, plural, =1{каждый час} one{каждый # час} few{каждые # часа} other{каждые # часов}}"}},
      {"rule.daily",
       {"{n, plural, =1{every day} other{every # days}}",
        "{n, plural, =1{каждый день} one{каждый # день} few{каждые # дня} other{каждые # дней}}"}},
      {"rule.weekly",
       {"{n, plural, =1{every week} other{every # weeks}}",
        "{n, plural, =1{каждую неделю} one{каждую # неделю} few{каждые # недели} "
        "other{каждые # недель}}"}},
      {"rule.monthly",
       {"{n, plural, =1{every month} other{every # months}}",
        "{n, plural, =1{каждый месяц} one{каждый # месяц} few{каждые # месяца} "
        "other{каждые # месяцев}}"}},
      {"rule.yearly",
       {"{n, plural, =1{every year} other{every # years}}",
        "{n, plural, =1{каждый год} one{каждый # год} few{каждые # года} other{каждые # лет}}"}},
      {"rule.on", {"{every} on {days}", "{every} {days}"}},
      {"rule.workdays", {"every working day", "по рабочим дням"}},
      {"rule.special", {"{every} (by a rule of its own)", "{every} (по особому правилу)"}},
      {"rule.month_day", {"day {n}", "{n}-го числа"}},
      {"rule.last_month_day", {"the last day", "в последний день"}},
      {"rule.last_workday", {"the last working day", "в последний рабочий день"}},
      {"rule.year_day", {"{day}", "{day}"}},
      {"rule.in_month", {"{days} of {month}", "{days} ({month})"}},
      // "by Tuesdays": `d` counts from Monday
      {"day.every",
       {"{d, select, 0{Monday} 1{Tuesday} 2{Wednesday} 3{Thursday} 4{Friday} 5{Saturday} other{Sunday}}",
        "{d, select, 0{по понедельникам} 1{по вторникам} 2{по средам} 3{по четвергам} 4{по пятницам} "
        "5{по субботам} other{по воскресеньям}}"}},
      {"day.also",
       {"{d, select, 0{Monday} 1{Tuesday} 2{Wednesday} 3{Thursday} 4{Friday} 5{Saturday} other{Sunday}}",
        "{d, select, 0{понедельникам} 1{вторникам} 2{средам} 3{четвергам} 4{пятницам} 5{субботам} "
        "other{воскресеньям}}"}},
      {"day.nth",
       {"the {o, select, 1{first} 2{second} 3{third} 4{fourth} 5{fifth} other{last}} "
        "{d, select, 0{Monday} 1{Tuesday} 2{Wednesday} 3{Thursday} 4{Friday} 5{Saturday} other{Sunday}}",
        "{o, select, 2{во} other{в}} "
        "{g, select, f{{o, select, 1{первую} 2{вторую} 3{третью} 4{четвёртую} 5{пятую} other{последнюю}}} "
        "n{{o, select, 1{первое} 2{второе} 3{третье} 4{четвёртое} 5{пятое} other{последнее}}} "
        "other{{o, select, 1{первый} 2{второй} 3{третий} 4{четвёртый} 5{пятый} other{последний}}}} "
        "{d, select, 0{понедельник} 1{вторник} 2{среду} 3{четверг} 4{пятницу} 5{субботу} other{воскресенье}}"}},
  };
  return rows;
}

}  // namespace

std::string_view pattern(std::string_view key, Language language) {
  const auto found = catalogue().find(key);
  if (found == catalogue().end()) return {};
  switch (language) {
    case Language::english:
      return found->second.english;
    case Language::russian:
      return found->second.russian;
  }
  return {};
}

std::vector<std::string_view> catalogue_keys() {
  std::vector<std::string_view> out;
  for (const auto& [key, row] : catalogue()) out.push_back(key);
  return out;
}

}  // namespace caravan::notify
