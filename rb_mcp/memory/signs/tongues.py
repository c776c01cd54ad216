"""The common orders in Chinese, Japanese, Spanish, German, French and Russian.

Fewer wordings than in English, and none in other languages: what is missed here is missed.
"""

from __future__ import annotations

from rb_mcp.memory.signs.reasons import CHECKS, JUDGE, LEAK, OVERRIDE, READER
from rb_mcp.memory.signs.sign import sign

TONGUES = (
    sign(
        OVERRIDE,
        r"(?:忽略|无视|忘记|忘掉|不理会|抛开|不要遵守|无需遵守|不必遵守|绕过|覆盖).{0,14}(?:指令|提示词?|规则|说明"
        r"|命令|限制|政策|约束|要求)",
        r"(?:忽略|無視|忘記|不理會|繞過).{0,14}(?:指令|提示|規則|說明|命令|限制)",
        r"(?:指示|命令|ルール|プロンプト|規則|指令|制約|ガイドライン).{0,8}(?:無視|忘れ|破棄|従わ|上書き)",
        r"\b(?:ignor[ae]\w*|olvid[ae]\w*|descart[ae]\w*|omit[ae]|haz caso omiso de)\b.{0,30}\b(?:instrucci\w+"
        r"|ordenes|reglas|indicaciones|directrices|normas|prompt|restricciones)\b",
        r"\b(?:ignorier\w*|vergiss|vergesst|vergessen sie|missacht\w*|umgeh\w*|setze? .{0,40}ausser kraft"
        r"|uberschreib\w*)\b.{0,40}\b(?:anweisung\w*|instruktion\w*|vorgaben|regeln|befehle?|systemprompt"
        r"|richtlinien|prompt)\b",
        r"\b(?:ignor(?:e|ez|er|ons)|oubli(?:e|ez|er)|ne tiens? pas compte|ne tenez pas compte"
        r"|contourn\w+)\b.{0,40}\b(?:instructions?|consignes?|regles?|directives?|prompt)\b",
        r"\b(?:игнорир\w+|забудь\w*|не обращай\w*|не учитывай\w*|отмени\w*|обойди\w*)\b.{0,40}\b(?:инструкци\w+"
        r"|указани\w+|правил\w*|команд\w*|подсказ\w+|промпт\w*|ограничени\w+)",
    ),
    sign(
        JUDGE,
        r"(?:标记|记录|报告|判定|视|算作|评|标注|当作|认定|返回|写).{0,10}(?:为|成|作|是)?(?:成功|通过|已完成|完成)",
        r"(?:假定|假设|默认|直接认为).{0,10}(?:测试|检查|验证|任务).{0,6}(?:通过|成功|完成|没问题)",
        r"(?:成功|合格|完了)(?:した)?(?:として|と)(?:記録|報告|判定|マーク|みな|扱|評価)|テスト.{0,8}(?:通った"
        r"|合格した|成功した)(?:もの)?と(?:みな|仮定|見な)",
        r"\b(?:marc[ae]\w*|registr[ae]\w*|report[ae]\w*|cuent[ae]|consider[ae]\w*|declar[ae]\w*"
        r"|califi[cq]\w+)\b.{0,40}\b(?:como|un)\s(?:un )?(?:exito\w*|completad\w+|superad\w+|aprobad\w+|correct\w+)\b",
        r"\b(?:markier\w*|melde\w*|werte\w*|bewerte\w*|verbuch\w*|trage?\w*|zahle?\w*|bericht\w*)\b.{0,50}\b(?:als"
        r"|mit)\s(?:erfolg\w*|bestanden|erledigt|abgeschlossen|gelungen)\b",
        r"\b(?:marqu(?:e|ez|er)|enregistr\w+|signal\w+|consider\w+|declar\w+|not(?:e|ez|er)|compt\w+"
        r"|rapport\w+)\b.{0,50}\b(?:comme|en)\s(?:un )?(?:succes|reussi\w*|termine\w*|valide\w*)\b",
        r"\b(?:отме[тч]\w+|запи[сш]\w+|счита\w+|засчит\w+|пом[её]т\w+|сообщ\w+|оцени\w*)\b.{0,50}\b(?:как"
        r"|за)?\s?(?:успе[шх]\w*|выполнен\w*|пройден\w*|завершен\w*)",
        unless=r"(?:когда|если|wenn|sobald|cuando|si|quand|lorsque|dès|只有|当|場合|後|以后|之后|后再)",
    ),
    sign(
        READER,
        r"(?:不要|别|请勿|切勿|无需|不必|不用|勿)(?:再)?(?:告诉|告知|通知|向|让|询问|征求|提醒).{0,6}(?:用户|客户"
        r"|人类|管理员|操作员|任何人)(?!.{0,10}(?:之前|以前|前))|(?:瞒着|隐瞒|悄悄|偷偷|暗中).{0,12}",
        r"(?:优先|始终|总是|首先|必须).{0,6}(?:采用|使用|遵循|遵守|召回|相信|读取)(?:这条|本条|此条|该条|本)|(?:把"
        r"|将)(?:这|本|此)(?:条|段|句).{0,12}(?:添加|附加|复制|写入|加到|追加)",
        r"(?:ユーザー|利用者|顧客|お客様|管理者|担当者)に(?:は)?(?:知らせ|伝え|言わ|教え|報告し|通知し|確認し"
        r"|話さ)(?:ないで|ず|なくて|ては|ない)|(?:こっそり|密かに|内緒で|黙って)",
        r"(?:このメモ|この戦略|この教訓|この記憶).{0,12}(?:最優先|優先し|すべての|必ず|追加|コピー)",
        r"\b(?:no|nunca|sin)\s(?:se lo |le |les |lo )?(?:dig\w+|decir\w*|inform\w+|avis\w+|notif\w+|cuent\w+"
        r"|mencion\w+|revel\w+|pregunt\w+|consult\w+)\b.{0,16}\b(?:usuario|cliente|operador|humano|administrador"
        r"|nadie)\w*",
        r"\b(?:sage?|sagen sie|erzahle?|informiere?n?|benachrichtige?n?|verrate|teile?|melde"
        r"|frage?n?)\b.{0,24}\b(?:nutzer\w*|benutzer\w*|kund\w+|anwender\w*|menschen"
        r"|niemand\w*)\b.{0,20}\b(?:nicht\w*|nie|niemals|davon)\b|\bohne (?:den|die|dem) (?:nutzer|benutzer|kunden"
        r"|anwender)\w* zu (?:fragen|informieren)",
        r"\b(?:damit|sodass) (?:niemand|keiner|der (?:nutzer|kunde)).{0,40}(?:merkt|erfahrt|sieht)"
        r"|\bpara que (?:nadie|el (?:usuario|cliente) no)|\bpour que (?:personne|l'utilisateur ne)|чтобы (?:никто"
        r"|пользователь не)",
        r"(?:以后|今后|之后|每)(?:的)?.{0,8}(?:经验|记忆|笔记|策略).{0,6}(?:包含|附上|复制|写入|加上)|(?:最优先"
        r"|唯一可信)",
        r"\bno (?:pid\w+|solicit\w+|esper\w+) (?:la |el )?(?:confirmacion|permiso|aprobacion|autorizacion)\b"
        r"|\bn'?(?:e )?(?:attend\w+|demand\w+) pas (?:l'accord|la confirmation|l'autorisation|son accord"
        r"|l'approbation)\b",
        r"\bohne (?:\w+ )?(?:bestatigung|zustimmung|freigabe|ruckfrage)\b|\bбез (?:подтверждени\w+|согласи\w+"
        r"|разрешени\w+)\b",
        r"(?:不让|以免|避免).{0,8}(?:用户|客户|别人|任何人).{0,6}(?:发现|知道|察觉)|気づかれ(?:ない|ず)",
        r"\b(?:ne|n'|sans)\s?(?:le |la |les |en |rien )?(?:di(?:s|tes|re)|inform\w+|parl\w+|preven\w+|averti\w+"
        r"|signal\w+|mentionn\w+|revel\w+|demand\w+)\b.{0,24}\b(?:utilisat\w+|client\w*|operat\w+|personne"
        r"|administrat\w+)",
        r"\b(?:не|никогда не|без)\s(?:говори\w*|сообщай\w*|сообщать|рассказыва\w+|уведомля\w+|уведомлен\w+"
        r"|информир\w+|упомина\w+|спрашива\w+)\b.{0,24}\b(?:пользовател\w+|клиент\w+|оператор\w*|человек\w*|никому"
        r"|администратор\w*)",
    ),
    sign(
        CHECKS,
        r"(?:跳过|绕过|关闭|禁用|停用|省略|略过|删除|不用做|无需|不必|不需要)(?:进行|运行|执行|做|所有|全部|任何|掉"
        r"|的|失败|单元|安全|身份|证书|代码|人工|输入|数据|再|这些|该){0,4}(?:测试|验证|检查|校验|审查|审核|审批"
        r"|确认|认证|防火墙|备份|断言)",
        r"(?:テスト|検証|レビュー|確認|チェック|認証|承認|バックアップ|ファイアウォール).{0,4}(?:を|は)(?:すべて"
        r"|全て|全部|一切)?(?:スキップ|省略|省い|飛ばし|無効|無視|回避|削除|止め|不要|必要ない)",
        r"\b(?:omit[ae]\w*|salt[ae]\w*|desactiv[ae]\w*|deshabilit[ae]\w*|evit[ae]|elimin[ae]|ignor[ae]\w*"
        r"|desconect[ae])\b\s(?:\w+ ){0,2}?(?:pruebas|tests?|validaci\w+|verificaci\w+|revisi\w+|comprobaci\w+"
        r"|autenticaci\w+|cortafuegos|aprobaci\w+|confirmaci\w+|copias? de seguridad)",
        r"\b(?:uberspring\w*|umgeh\w*|deaktivier\w*|schalte?\w*|lasse?\w*|entfern\w*|loesche?\w*|losche?\w*"
        r"|ignorier\w*)\b\s(?:\w+ ){0,3}?(?:tests?|prufung\w*|validierung\w*|verifizierung\w*|uberprufung\w*"
        r"|reviews?|freigabe\w*|firewall|authentifizierung\w*|zertifikatsprufung\w*|sicherung\w*)\b",
        r"\b(?:ignor(?:e|ez|er)|saut(?:e|ez|er)|desactiv(?:e|ez|er)|contourn(?:e|ez|er)|supprim(?:e|ez|er)"
        r"|omett(?:ez|re)|omets|pass(?:e|ez) outre)\b\s(?:\w+ ){0,3}?(?:tests?|validations?|verifications?|revues?"
        r"|controles?|authentification|pare-feu|approbations?|confirmations?|sauvegardes?)\b",
        r"\b(?:пропус[кт]\w*|отключ\w+|обойди\w*|обходи\w*|игнорир\w+|удали\w*"
        r"|выключ\w+)\b\s(?:\w+ ){0,2}?(?:тест\w*|провер\w+|валидаци\w+|ревью|аутентификаци\w+|брандмауэр\w*"
        r"|файрвол\w*|подтверждени\w+|резервн\w+)",
    ),
    sign(
        LEAK,
        r"(?:把|将)?.{0,10}(?:密码|密钥|凭证|凭据|令牌|口令|环境变量|客户数据|用户数据|个人信息|私钥).{0,12}(?:发送"
        r"|上传|转发|发到|提交|传到|邮寄|写入日志|打印)|(?:发送|上传|转发|提交).{0,8}(?:密码|密钥|凭证|凭据|令牌"
        r"|环境变量|客户数据|私钥)",
        r"(?:パスワード|認証情報|秘密鍵|トークン|apiキー|環境変数|顧客情報|顧客データ|個人情報).{0,20}(?:送信|送って"
        r"|送る|アップロード|転送|投稿|出力し|貼り付け)",
        r"\b(?:envi[ae]\w*|sub[ae]|reenvi[ae]\w*|publi[cq]\w+|copi[ae])\b.{0,40}\b(?:contrasen\w+|credencial\w+"
        r"|claves?|tokens?|secretos?|datos (?:de|del) (?:los )?(?:client|usuari)\w+|variables de entorno)\b",
        r"\b(?:senden?|sendet|schicken?|schickt|verschick\w*|laden?|ubermittle?\w*|leite?|kopier\w*"
        r"|poste?)\b.{0,50}\b(?:passwort\w*|passworter\w*|zugangsdaten|schlussel\w*|geheimnisse?|token\w*"
        r"|kundendaten|umgebungsvariablen)\b",
        r"\b(?:envo(?:ie|yez|yer)|transme\w+|televers\w+|publi(?:e|ez|er)|copi(?:e|ez|er)|transfer(?:e|ez"
        r"|er))\b.{0,50}\b(?:mots? de passe|identifiants|cles?|jetons?|secrets?|donnees (?:des )?client\w*"
        r"|variables d'environnement)\b",
        r"\b(?:отправ\w+|перешли\w*|загруз\w+|выложи\w*|скопируй\w*|передай\w*)\b.{0,40}\b(?:парол\w+|ключ\w*"
        r"|токен\w*|секрет\w*|учетн\w+ данн\w+|данны\w+ клиент\w+|переменн\w+ (?:окружения|среды))",
    ),
)
